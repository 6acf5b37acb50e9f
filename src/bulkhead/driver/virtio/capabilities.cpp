#include "bulkhead/driver/virtio/capabilities.hpp"

#include <fmt/format.h>

namespace bulkhead::virtio {
namespace {

// PCI 3.0, 6.7: the list of capabilities.
constexpr uint16_t config_status = 0x06;
constexpr uint16_t status_has_capabilities = 1U << 4U;
constexpr uint16_t config_first_capability = 0x34;
constexpr uint32_t vendor_specific = 0x09;
/// As many as fit between the header and the end of the 256 bytes.
constexpr int most_capabilities = (256 - 64) / 4;

// 4.1.4: struct virtio_pci_cap, and the kinds of structures.
constexpr uint32_t cap_offset = 8;
constexpr uint32_t cap_length = 12;
constexpr uint32_t cap_notify_multiplier = 16;
constexpr uint32_t common_kind = 1;
constexpr uint32_t notify_kind = 2;
constexpr uint32_t isr_kind = 3;
constexpr uint32_t device_kind = 4;
constexpr uint32_t last_bar = 5;

Result<std::optional<Place>> read_place(bus::Function& function, uint32_t capability) {
  constexpr auto config = bus::RegionId::config;
  BULKHEAD_TRY_ASSIGN(const auto bar_word, function.read32(config, capability + 4));
  BULKHEAD_TRY_ASSIGN(const auto offset, function.read32(config, capability + cap_offset));
  BULKHEAD_TRY_ASSIGN(const auto length, function.read32(config, capability + cap_length));
  const uint32_t bar = bar_word & 0xFFU;
  if (bar > last_bar) return std::nullopt;  // reserved: 4.1.4.1 has them ignored
  const auto region = static_cast<bus::RegionId>(bar);
  if (uint64_t{offset} + length > function.region_size(region).value()) return std::nullopt;
  return Place{.bar = region, .offset = offset, .length = length};
}

Result<> read_capability(bus::Function& function, uint32_t capability, uint32_t kind,
                         Capabilities& found) {
  auto* const wanted = kind == common_kind   ? &found.common
                       : kind == notify_kind ? &found.notify
                       : kind == device_kind ? &found.device
                       : kind == isr_kind    ? &found.isr
                                             : nullptr;
  if (wanted == nullptr || *wanted) return {};
  BULKHEAD_TRY_ASSIGN(*wanted, read_place(function, capability));
  if (kind == notify_kind && *wanted) {
    BULKHEAD_TRY_ASSIGN(found.notify_multiplier,
                        function.read32(bus::RegionId::config, capability + cap_notify_multiplier));
  }
  return {};
}

}  // namespace

Result<Capabilities> read_capabilities(bus::Function& function) {
  constexpr auto config = bus::RegionId::config;
  Capabilities found;
  BULKHEAD_TRY_ASSIGN(const auto status, function.read_config16(config_status));
  if ((status & status_has_capabilities) == 0) return found;
  BULKHEAD_TRY_ASSIGN(const auto first, function.read_config16(config_first_capability));
  // The lowest two bits of a pointer are reserved.
  uint32_t capability = first & 0xFCU;
  for (int i = 0; capability != 0; ++i) {
    if (i == most_capabilities)
      return fail(ErrorCode::hostile_device,
                  fmt::format("{}: its list of capabilities does not end", function.name()));
    BULKHEAD_TRY_ASSIGN(const auto word, function.read32(config, capability));
    if ((word & 0xFFU) == vendor_specific)
      BULKHEAD_TRY(read_capability(function, capability, word >> 24U, found));
    capability = word >> 8U & 0xFCU;
  }
  return found;
}

}  // namespace bulkhead::virtio
