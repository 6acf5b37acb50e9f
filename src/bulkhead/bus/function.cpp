#include "bulkhead/bus/function.hpp"

#include <array>
#include <bit>

#include <fmt/format.h>

#include "bulkhead/base/bits.hpp"
#include "bulkhead/base/byte_order.hpp"

namespace bulkhead::bus {
namespace {

// PCI 3.0, 6.1: the configuration space header.
constexpr uint16_t config_vendor_id = 0x00;
constexpr uint16_t config_device_id = 0x02;
constexpr uint16_t config_command = 0x04;
constexpr uint16_t command_memory_space = 1U << 1U;
constexpr uint16_t command_bus_master = 1U << 2U;

template <class T>
Result<T> read_as(Function& function, RegionId region, uint64_t offset) {
  std::array<std::byte, sizeof(T)> bytes{};
  BULKHEAD_TRY(function.read(region, offset, bytes));
  return little_endian(std::bit_cast<T>(bytes));
}

template <class T>
Result<> write_as(Function& function, RegionId region, uint64_t offset, T value) {
  const auto bytes = std::bit_cast<std::array<std::byte, sizeof(T)>>(little_endian(value));
  return function.write(region, offset, bytes);
}

}  // namespace

Result<uint32_t> Function::read32(RegionId region, uint64_t offset) {
  return read_as<uint32_t>(*this, region, offset);
}

Result<> Function::write32(RegionId region, uint64_t offset, uint32_t value) {
  return write_as(*this, region, offset, value);
}

Result<uint16_t> Function::read_config16(uint16_t offset) {
  return read_as<uint16_t>(*this, RegionId::config, offset);
}

Result<> Function::write_config16(uint16_t offset, uint16_t value) {
  return write_as(*this, RegionId::config, offset, value);
}

Result<Identity> Function::identity() {
  BULKHEAD_TRY_ASSIGN(const auto vendor, read_config16(config_vendor_id));
  BULKHEAD_TRY_ASSIGN(const auto device, read_config16(config_device_id));
  return Identity{vendor, device};
}

Result<> Function::set_bus_master(bool enabled) {
  BULKHEAD_TRY_ASSIGN(const auto command, read_config16(config_command));
  const auto others = (command & ~command_bus_master) | command_memory_space;
  const auto wanted = enabled ? others | command_bus_master : others;
  return write_config16(config_command, static_cast<uint16_t>(wanted));
}

std::unexpected<Error> Function::cannot_share() const {
  return fail(ErrorCode::unsupported,
              fmt::format("{}: no other process can map its registers", name()),
              "use VFIO or vfio-user");
}

std::unexpected<Error> Function::cannot_unmask() const {
  return fail(ErrorCode::unsupported, fmt::format("{}: its INTx cannot be unmasked", name()),
              "open the port without interrupts");
}

Result<> Function::check_access(RegionId region, uint64_t offset, size_t size) const {
  const uint64_t end = region_size(region).value();
  const bool width = size == 1 || size == 2 || size == 4 || size == 8;
  if (width && offset % size == 0 && offset < end && size <= end - offset) return {};
  return fail(ErrorCode::invalid_argument,
              fmt::format("{}: {} bytes at {:#x} of region {} ({:#x} bytes): accesses are 1, 2, 4 "
                          "or 8 bytes, aligned, and inside",
                          name(), size, offset, static_cast<unsigned>(region), end));
}

Result<> Function::check_linear(const memory::Region& memory) const {
  if (memory.is_linear()) return {};
  return fail(ErrorCode::unsupported,
              fmt::format("{}: memory for a device without an IOMMU, in pages that do not follow "
                          "each other, cannot be shared with it",
                          name()),
              "use ports of one kind together");
}

Result<DmaMapping> DmaMapping::create(std::shared_ptr<Function> function,
                                      const memory::Region& memory) {
  BULKHEAD_TRY_ASSIGN(const auto address, function->map_dma(memory));
  return DmaMapping{std::move(function), address, memory.size()};
}

DmaMapping::~DmaMapping() {
  // A function that is gone has lost its mappings with it: nothing is left to report.
  if (function_) static_cast<void>(function_->unmap_dma(address_, length_));
}

}  // namespace bulkhead::bus
