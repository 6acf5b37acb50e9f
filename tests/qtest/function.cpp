#include "tests/qtest/function.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <unistd.h>

#include "bulkhead/base/bytes.hpp"

namespace bulkhead::qtest {
namespace {

constexpr uint32_t pci_slot = 5;
constexpr Bytes config_size{256};

constexpr Iova first_memory{uint64_t{4} << 30U};
constexpr Bytes memory_distance{size_t{1} << 30U};

// QEMU's ACPI memory hot-plug registers (its docs/specs/acpi_mem_hotplug), on a q35 machine.
constexpr uint32_t hotplug_selector = 0xA00;
constexpr uint32_t hotplug_control = 0xA14;
constexpr uint32_t hotplug_eject = 1U << 3U;

std::string width(size_t size) {
  return size == 1 ? "b" : size == 2 ? "w" : size == 4 ? "l" : "q";
}

}  // namespace

Result<std::shared_ptr<Function>> Function::start(const Options& options) {
  auto arguments = options.arguments;
  arguments.insert(arguments.end(),
                   {"-device", fmt::format("{},addr={:#x},romfile=", options.device, pci_slot)});
  BULKHEAD_TRY_ASSIGN(auto qemu, Qemu::start(arguments, options.inherited));
  std::shared_ptr<Function> function{
      new Function{std::move(qemu), fmt::format("qtest:{}", options.device)}};
  BULKHEAD_TRY(function->find_out());
  function->pump_ = std::thread{[self = function.get()] {
    while (!self->stop_) {
      {
        const std::scoped_lock lock{self->mutex_};
        self->pump();
      }
      std::this_thread::sleep_for(std::chrono::microseconds{10});
    }
  }};
  return function;
}

Function::Function(Qemu qemu, std::string name)
    : qemu_(std::move(qemu)), name_(std::move(name)), pci_(qemu_, pci_slot) {}

Function::~Function() {
  stop_ = true;
  if (pump_.joinable()) pump_.join();
}

Result<> Function::find_out() {
  BULKHEAD_TRY_ASSIGN(bars_, pci_.assign_bars());
  BULKHEAD_TRY_ASSIGN(auto msix, Msix::find(qemu_, pci_, bars_));
  msix_ = std::move(msix);
  return {};
}

Bytes Function::region_size(bus::RegionId region) const {
  if (region == bus::RegionId::config) return config_size;
  if (region == bus::RegionId::rom) return {};
  return bars_.at(static_cast<size_t>(region)).size;
}

Result<std::string> Function::access(bus::RegionId region, uint64_t offset, size_t size,
                                     bool write) const {
  const uint64_t end = region_size(region).value();
  if (offset >= end || size > end - offset || offset % size != 0)
    return fail(ErrorCode::invalid_argument,
                fmt::format("{}: {} bytes at {:#x} of region {} ({:#x} bytes)", name_, size, offset,
                            static_cast<unsigned>(region), end));
  const auto& bar = bars_.at(static_cast<size_t>(region));
  return fmt::format("{}{} {:#x}",
                     bar.io_ports ? write ? "out" : "in"
                     : write      ? "write"
                                  : "read",
                     width(size), bar.address + offset);
}

Result<> Function::read(bus::RegionId region, uint64_t offset, std::span<std::byte> data) {
  const std::scoped_lock lock{mutex_};
  pump();
  uint64_t value = 0;
  if (region == bus::RegionId::config) {
    BULKHEAD_TRY_ASSIGN(value, pci_.read(static_cast<uint32_t>(offset), data.size()));
  } else {
    BULKHEAD_TRY_ASSIGN(const auto line, access(region, offset, data.size(), false));
    BULKHEAD_TRY_ASSIGN(value, qemu_.command(line));
  }
  const auto bytes = to_bytes(value);
  std::ranges::copy(std::span{bytes}.first(data.size()), data.begin());
  return {};
}

Result<> Function::write(bus::RegionId region, uint64_t offset, std::span<const std::byte> data) {
  const std::scoped_lock lock{mutex_};
  pump();
  std::array<std::byte, sizeof(uint64_t)> bytes{};
  std::ranges::copy(data, bytes.begin());
  const auto value = from_bytes<uint64_t>(bytes);
  if (region == bus::RegionId::config)
    return pci_.write(static_cast<uint32_t>(offset), data.size(), static_cast<uint32_t>(value));
  BULKHEAD_TRY_ASSIGN(const auto line, access(region, offset, data.size(), true));
  BULKHEAD_TRY(qemu_.command(fmt::format("{} {:#x}", line, value)));
  return {};
}

Result<bus::BarPages> Function::map_bar(bus::RegionId bar, Bytes offset, Bytes length) {
  const std::scoped_lock lock{mutex_};
  if (bars_.at(static_cast<size_t>(bar)).io_ports)
    return fail(ErrorCode::unsupported, fmt::format("{}: I/O ports cannot be mapped", name_));
  return doorbells_.add(bar, offset, length);
}

Result<bus::BarFile> Function::bar_file(bus::RegionId bar, Bytes offset, Bytes length) {
  const std::scoped_lock lock{mutex_};
  return doorbells_.add_file(bar, offset, length);
}

Result<Iova> Function::map_dma(const memory::Region& memory) {
  const std::scoped_lock lock{mutex_};
  const auto slot = static_cast<size_t>(std::ranges::find(mapped_, Bytes{}) - mapped_.begin());
  if (slot == mapped_.size() || memory.size() > memory_distance)
    return fail(ErrorCode::no_memory,
                fmt::format("{}: no place for {:#x} bytes", name_, memory.size().value()));
  const Iova address = first_memory + memory_distance * slot;
  BULKHEAD_TRY(qemu_.control(fmt::format(
      R"({{"execute": "object-add", "arguments": {{"qom-type": "memory-backend-file", "id": "mem{}",)"
      R"( "size": {}, "share": true, "mem-path": "/proc/{}/fd/{}"}}}})",
      slot, memory.size().value(), ::getpid(), memory.fd())));
  BULKHEAD_TRY(qemu_.control(fmt::format(
      R"({{"execute": "device_add", "arguments": {{"driver": "pc-dimm", "id": "dimm{0}",)"
      R"( "memdev": "mem{0}", "slot": {0}, "addr": {1}}}}})",
      slot, address.value())));
  mapped_.at(slot) = memory.size();
  return address;
}

Result<> Function::unmap_dma(Iova address, Bytes length) {
  const std::scoped_lock lock{mutex_};
  const uint64_t slot = (address.value() - first_memory.value()) / memory_distance.value();
  if (address < first_memory || slot >= mapped_.size() || mapped_.at(slot) != length)
    return fail(ErrorCode::invalid_argument,
                fmt::format("{}: {:#x} is not mapped", name_, address.value()));
  BULKHEAD_TRY(qemu_.command(fmt::format("outl {:#x} {}", hotplug_selector, slot)));
  BULKHEAD_TRY(qemu_.command(fmt::format("outb {:#x} {}", hotplug_control, hotplug_eject)));
  BULKHEAD_TRY(qemu_.control(
      fmt::format(R"({{"execute": "object-del", "arguments": {{"id": "mem{}"}}}})", slot)));
  mapped_.at(slot) = {};
  return {};
}

uint32_t Function::interrupt_count(bus::InterruptKind kind) const {
  return kind == bus::InterruptKind::msix ? msix_->vectors() : 0;
}

Result<> Function::set_interrupts(bus::InterruptKind kind, uint32_t first,
                                  std::span<const int> eventfds) {
  const std::scoped_lock lock{mutex_};
  const uint32_t count = interrupt_count(kind);
  if (first > count || eventfds.size() > count - first)
    return fail(ErrorCode::invalid_argument, fmt::format("{}: {} interrupts", name_, count));
  return msix_->connect(first, eventfds);
}

Result<> Function::reset() {
  return fail(ErrorCode::unsupported, fmt::format("{}: no reset of one function", name_));
}

Result<> Function::check_alive() {
  const std::scoped_lock lock{mutex_};
  BULKHEAD_TRY(pci_.read(0, 4));
  return {};
}

void Function::kill() {
  const std::scoped_lock lock{mutex_};
  qemu_.stop();
}

Result<uint64_t> Function::command(std::string_view line) {
  const std::scoped_lock lock{mutex_};
  return qemu_.command(line);
}

void Function::pump() {
  doorbells_.forward([this](bus::RegionId region, uint64_t offset, size_t size, uint32_t value) {
    // A device that is gone shows at the next access.
    if (const auto line = access(region, offset, size, true))
      static_cast<void>(qemu_.command(fmt::format("{} {:#x}", *line, value)));
  });
  msix_->forward();
}

}  // namespace bulkhead::qtest
