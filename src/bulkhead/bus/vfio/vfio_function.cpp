#include "bulkhead/bus/vfio/vfio_function.hpp"

#include <array>

#include <fmt/format.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/bus/text_files.hpp"
#include "bulkhead/bus/vfio/sysfs_facts.hpp"

namespace bulkhead::vfio {

Result<std::shared_ptr<bus::Function>> VfioFunction::open(const std::string& address,
                                                          const std::filesystem::path& root) {
  BULKHEAD_TRY_ASSIGN(const auto facts, look_up(address, root));
  BULKHEAD_TRY_ASSIGN(auto handles, open_handles(facts));
  auto device = Device::learn(std::move(handles.device));
  if (!device) return std::unexpected(std::move(device).error().within(address));
  const auto usable = handles.memory->usable();
  if (!usable) return std::unexpected(Error{usable.error()}.within(address));
  auto function =
      std::make_shared<VfioFunction>(address, std::move(handles), *std::move(device), *usable);
  if (auto faults = bus::IommuFaults::follow(address)) function->faults_ = *std::move(faults);
  if (auto alive = function->check_alive(); !alive) {
    auto error = std::move(alive).error();
    error.what +=
        fmt::format("; its power state is {}", bus::read_line(facts.folder() / "power_state"));
    return std::unexpected(std::move(error));
  }
  return function;
}

Result<> VfioFunction::read(bus::RegionId region, uint64_t offset, std::span<std::byte> data) {
  BULKHEAD_TRY(check_access(region, offset, data.size()));
  return named(device_.read(region, offset, data));
}

Result<> VfioFunction::write(bus::RegionId region, uint64_t offset,
                             std::span<const std::byte> data) {
  BULKHEAD_TRY(check_access(region, offset, data.size()));
  return named(device_.write(region, offset, data));
}

Result<bus::BarPages> VfioFunction::map_bar(bus::RegionId bar, Bytes offset, Bytes length) {
  auto pages = device_.map(bar, offset, length);
  if (pages) return pages;
  return std::unexpected(std::move(pages).error().within(
      fmt::format("{}: mapping BAR {}", name_, static_cast<unsigned>(bar))));
}

Result<bus::BarFile> VfioFunction::bar_file(bus::RegionId bar, Bytes offset, Bytes length) {
  auto file = device_.file(bar, offset, length);
  if (file) return file;
  return std::unexpected(std::move(file).error().within(
      fmt::format("{}: sharing BAR {}", name_, static_cast<unsigned>(bar))));
}

Result<Iova> VfioFunction::map_dma(const memory::Region& memory) {
  BULKHEAD_TRY(check_linear(memory));
  BULKHEAD_TRY_ASSIGN(const auto address, named(iovas_.allocate(memory.size())));
  if (auto mapped = named(memory_->map(memory.bytes(), address)); !mapped) {
    iovas_.free(address, memory.size());
    return std::unexpected(std::move(mapped).error());
  }
  return address;
}

Result<> VfioFunction::unmap_dma(Iova address, Bytes length) {
  if (!iovas_.holds(address, length))
    return fail(ErrorCode::invalid_argument, fmt::format("{}: {:#x} bytes at {:#x} are not mapped",
                                                         name_, length.value(), address.value()));
  // The address is used again only if the IOMMU has let go of it.
  BULKHEAD_TRY(named(memory_->unmap(address, length)));
  iovas_.free(address, length);
  return {};
}

Result<> VfioFunction::set_interrupts(bus::InterruptKind kind, uint32_t first,
                                      std::span<const int> eventfds) {
  const uint32_t count = interrupt_count(kind);
  if (first > count || eventfds.size() > count - first)
    return fail(ErrorCode::invalid_argument, fmt::format("{}: interrupts {} and {} following of {}",
                                                         name_, first, eventfds.size(), count));
  const auto set = [this](bus::InterruptKind which, uint32_t from, std::span<const int> fds) {
    return device_.set_interrupts(which, from, fds);
  };
  return named(interrupts_.connect(kind, first, eventfds, set));
}

Result<> VfioFunction::reset() {
  // For a device that has gone the kernel waits a minute until it is ready again.
  BULKHEAD_TRY(check_presence());
  return named(device_.reset());
}

Result<> VfioFunction::check_alive() {
  if (const auto fault = faults_ ? faults_->next() : std::nullopt)
    return fail(ErrorCode::hostile_device,
                fmt::format("{}: the IOMMU has stopped a DMA {} at {:#x}, which is not mapped",
                            name_, to_string(fault->access), fault->address.value()),
                "do not trust this device or its driver");
  return check_presence();
}

Result<> VfioFunction::check_presence() {
  // VFIO answers vendor and device id from a copy. The status register comes from the device, and
  // its low three bits are 0 in any that is there (PCI 3.0, 6.2.3).
  constexpr uint64_t status = 0x06;
  std::array<std::byte, 2> value{};
  BULKHEAD_TRY(read(bus::RegionId::config, status, value));
  if (from_bytes<uint16_t>(value) != 0xFFFF) return {};
  return fail(ErrorCode::device_gone,
              fmt::format("{}: its configuration space answers with ones only", name_),
              "the device has gone, or it sleeps and did not wake up");
}

std::vector<int> VfioFunction::descriptors() const {
  std::vector<int> all{device_.fd(), memory_->fd()};
  if (group_) all.push_back(group_.get());
  if (faults_) all.push_back(faults_->fd());
  return all;
}

}  // namespace bulkhead::vfio
