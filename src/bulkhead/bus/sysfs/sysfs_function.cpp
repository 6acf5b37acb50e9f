#include "bulkhead/bus/sysfs/sysfs_function.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/bus/capabilities.hpp"
#include "bulkhead/bus/group.hpp"
#include "bulkhead/bus/text_files.hpp"
#include "bulkhead/bus/user_space_drivers.hpp"

namespace bulkhead::sysfs {
namespace {

constexpr bool is_bar(bus::RegionId region) {
  return region <= bus::RegionId::bar5;
}

Result<OwnedFd> open_file(const std::filesystem::path& path, int mode) {
  OwnedFd fd{::open(path.c_str(), mode | O_CLOEXEC)};
  if (fd) return fd;
  return fail_errno(path.string(), errno == EACCES ? "only root may open it" : "");
}

Result<> write_digit(const std::filesystem::path& path, char digit) {
  BULKHEAD_TRY_ASSIGN(const auto file, open_file(path, O_WRONLY));
  if (::write(file.get(), &digit, 1) == 1) return {};
  return fail_errno(fmt::format("writing to {}", path.string()));
}

/// Nobody else may have it, and VFIO must not be possible.
Result<> check_free(const std::string& address, const std::filesystem::path& root,
                    const std::filesystem::path& folder) {
  if (!bus::is_there(folder))
    return fail(ErrorCode::not_found, fmt::format("{}: there is no such PCI function", address),
                "`bulkhead list` shows those that are there");
  if (const auto group = bus::link_target_name(folder / "iommu_group");
      !group.empty() && !bus::is_without_iommu({.root = root}, group))
    return fail(ErrorCode::unsupported,
                fmt::format("{}: it is in IOMMU group {}: VFIO can reach it, and guards memory",
                            address, group),
                "leave the flag for machines without an IOMMU away");
  const auto driver = bus::link_target_name(folder / "driver");
  if (driver.empty() || bus::is_for_user_space(driver)) return {};
  return fail(ErrorCode::permission,
              fmt::format("{}: the kernel's driver {} has it", address, driver),
              fmt::format("if nothing uses it: echo {} | sudo tee {}/driver/unbind", address,
                          folder.string()));
}

template <class T>
void load(std::span<const std::byte> registers, uint64_t offset, std::span<std::byte> data) {
  std::ranges::copy(to_bytes(little_endian(shared::load_acquire<T>(registers, offset))),
                    data.begin());
}

template <class T>
void store(std::span<std::byte> registers, uint64_t offset, std::span<const std::byte> data) {
  shared::store_release(registers, offset, little_endian(from_bytes<T>(data)));
}

/// One access of the data's size, which is 1, 2, 4 or 8.
void load_any(std::span<const std::byte> registers, uint64_t offset, std::span<std::byte> data) {
  if (data.size() == 1) load<uint8_t>(registers, offset, data);
  if (data.size() == 2) load<uint16_t>(registers, offset, data);
  if (data.size() == 4) load<uint32_t>(registers, offset, data);
  if (data.size() == 8) load<uint64_t>(registers, offset, data);
}

void store_any(std::span<std::byte> registers, uint64_t offset, std::span<const std::byte> data) {
  if (data.size() == 1) store<uint8_t>(registers, offset, data);
  if (data.size() == 2) store<uint16_t>(registers, offset, data);
  if (data.size() == 4) store<uint32_t>(registers, offset, data);
  if (data.size() == 8) store<uint64_t>(registers, offset, data);
}

Result<> check_transfer(const std::string& name, ssize_t done, size_t wanted) {
  if (done == static_cast<ssize_t>(wanted)) return {};
  if (done < 0) return fail_errno(fmt::format("{}: the access", name));
  return fail(ErrorCode::io, fmt::format("{}: {} bytes of {} were accessed", name, done, wanted));
}

}  // namespace

Result<std::shared_ptr<bus::Function>> SysfsFunction::open(const std::string& address,
                                                           const std::filesystem::path& root) {
  const auto folder = root / "sys/bus/pci/devices" / address;
  BULKHEAD_TRY(check_free(address, root, folder));
  BULKHEAD_TRY_ASSIGN(auto config, open_file(folder / "config", O_RDWR));
  // Wakes it and has it decode addresses; refused, and not needed, where a driver is bound. The
  // kernel counts, and does nothing where the count is not 0. It stays enabled: a sandbox may not
  // take it back (pci-sysfs.c asks for CAP_SYS_ADMIN).
  const bool enables =
      bus::link_target_name(folder / "driver").empty() && bus::read_count(folder / "enable") == 0;
  if (enables) BULKHEAD_TRY(write_digit(folder / "enable", '1'));
  const off_t config_size = ::lseek(config.get(), 0, SEEK_END);
  if (config_size < 0) return fail_errno((folder / "config").string());
  auto function = std::make_shared<SysfsFunction>(
      address, folder, std::move(config), Bytes{static_cast<size_t>(config_size)},
      parse_resources(bus::read_lines(folder / "resource")));
  auto alive = function->check_alive();
  if (alive) return function;
  if (enables) static_cast<void>(write_digit(folder / "enable", '0'));
  return std::unexpected(std::move(alive).error());
}

Bytes SysfsFunction::region_size(bus::RegionId region) const {
  if (region == bus::RegionId::config) return config_size_;
  return is_bar(region) ? resources_.at(static_cast<size_t>(region)).size : 0_B;
}

Result<int> SysfsFunction::file(bus::RegionId region) {
  if (region == bus::RegionId::config) return config_.get();
  auto& opened = files_.at(static_cast<size_t>(region));
  if (!opened) {
    BULKHEAD_TRY_ASSIGN(
        opened, open_file(folder_ / fmt::format("resource{}", static_cast<int>(region)), O_RDWR));
  }
  return opened.get();
}

Result<std::span<std::byte>> SysfsFunction::registers(bus::RegionId bar) {
  const auto& resource = resources_.at(static_cast<size_t>(bar));
  auto& mapping = mappings_.at(static_cast<size_t>(bar));
  if (mapping.bytes().empty()) {
    BULKHEAD_TRY_ASSIGN(const int descriptor, file(bar));
    auto mapped = Mapping::map(descriptor, 0,
                               round_up(resource.in_page + resource.size, Bytes{bus::page_size}));
    if (!mapped) return std::unexpected(std::move(mapped).error().within(name_));
    mapping = *std::move(mapped);
  }
  return mapping.bytes().subspan(resource.in_page.value(), resource.size.value());
}

Result<> SysfsFunction::read(bus::RegionId region, uint64_t offset, std::span<std::byte> data) {
  BULKHEAD_TRY(check_access(region, offset, data.size()));
  if (is_bar(region) && resources_.at(static_cast<size_t>(region)).is_memory) {
    BULKHEAD_TRY_ASSIGN(const auto bytes, registers(region));
    load_any(bytes, offset, data);
    return {};
  }
  BULKHEAD_TRY_ASSIGN(const int descriptor, file(region));
  return check_transfer(name_,
                        ::pread(descriptor, data.data(), data.size(), static_cast<off_t>(offset)),
                        data.size());
}

Result<> SysfsFunction::write(bus::RegionId region, uint64_t offset,
                              std::span<const std::byte> data) {
  BULKHEAD_TRY(check_access(region, offset, data.size()));
  if (is_bar(region) && resources_.at(static_cast<size_t>(region)).is_memory) {
    BULKHEAD_TRY_ASSIGN(const auto bytes, registers(region));
    store_any(bytes, offset, data);
    return {};
  }
  BULKHEAD_TRY_ASSIGN(const int descriptor, file(region));
  return check_transfer(name_,
                        ::pwrite(descriptor, data.data(), data.size(), static_cast<off_t>(offset)),
                        data.size());
}

Result<bus::BarPages> SysfsFunction::map_bar(bus::RegionId bar, Bytes offset, Bytes length) {
  const uint64_t size = region_size(bar).value();
  std::vector<bus::Area> mappable;
  if (is_bar(bar) && resources_.at(static_cast<size_t>(bar)).is_memory)
    mappable.push_back({.offset = 0, .size = size / bus::page_size * bus::page_size});
  auto pages = bus::pages_to_map(mappable, size, offset.value(), length.value());
  if (!pages)
    return std::unexpected(std::move(pages).error().within(
        fmt::format("{}: mapping BAR {}", name_, static_cast<unsigned>(bar))));
  BULKHEAD_TRY_ASSIGN(const int descriptor, file(bar));
  BULKHEAD_TRY_ASSIGN(auto mapping, Mapping::map(descriptor, pages->offset, Bytes{pages->size}));
  return bus::BarPages{.pages = std::move(mapping), .offset = Bytes{pages->offset}};
}

Result<Iova> SysfsFunction::map_dma(const memory::Region& memory) {
  if (const auto address = memory.physical_address()) return *address;
  return fail(
      ErrorCode::invalid_argument,
      fmt::format("{}: without an IOMMU, DMA needs memory at known physical addresses", name_),
      "allocate it, and pools, with this function's placement()");
}

Result<> SysfsFunction::set_interrupts(bus::InterruptKind /*kind*/, uint32_t /*first*/,
                                       std::span<const int> eventfds) {
  if (eventfds.empty()) return {};
  return fail(ErrorCode::invalid_argument,
              fmt::format("{}: without VFIO there are no interrupts", name_));
}

Result<> SysfsFunction::reset() {
  if (bus::is_there(folder_ / "reset")) return write_digit(folder_ / "reset", '1');
  return fail(ErrorCode::unsupported, fmt::format("{}: the function has no reset", name_));
}

Result<> SysfsFunction::check_alive() {
  BULKHEAD_TRY_ASSIGN(const auto found, identity());
  if (found.vendor != 0xFFFF) return {};
  return fail(ErrorCode::device_gone,
              fmt::format("{}: its configuration space answers with ones only; its power state is "
                          "{}",
                          name_, bus::read_line(folder_ / "power_state")),
              "the device has gone, or it sleeps and did not wake up");
}

std::vector<int> SysfsFunction::descriptors() const {
  std::vector<int> all{config_.get()};
  for (const auto& file : files_)
    if (file) all.push_back(file.get());
  return all;
}

}  // namespace bulkhead::sysfs
