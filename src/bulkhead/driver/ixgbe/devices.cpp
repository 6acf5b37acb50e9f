#include "bulkhead/driver/ixgbe/devices.hpp"

#include <algorithm>
#include <array>

namespace bulkhead::ixgbe {
namespace {

// X520 is the name of Intel's adapters with an 82599. The X550EM parts inside of SoCs are not here:
// their PHYs need firmware mailboxes of their own.
constexpr std::array table{
    DeviceId{0x10F7, Family::i82599, "82599 KX4 backplane"},
    DeviceId{0x10F8, Family::i82599, "82599 combined backplane"},
    DeviceId{0x10F9, Family::i82599, "82599 CX4"},
    DeviceId{0x10FB, Family::i82599, "82599ES SFP+ (X520)"},
    DeviceId{0x10FC, Family::i82599, "82599 XAUI/BX4"},
    DeviceId{0x1507, Family::i82599, "82599 SFP+ (X520, OEM)"},
    DeviceId{0x1514, Family::i82599, "82599 KX4 mezzanine (X520)"},
    DeviceId{0x1517, Family::i82599, "82599 KR backplane"},
    DeviceId{0x151C, Family::i82599, "82599 10GBASE-T"},
    DeviceId{0x1529, Family::i82599, "82599 SFP+ with FCoE"},
    DeviceId{0x152A, Family::i82599, "82599 backplane with FCoE"},
    DeviceId{0x154A, Family::i82599, "82599 SFP+ quad port (X520-Q1)"},
    DeviceId{0x154D, Family::i82599, "82599 SFP+ (X520-SF2)"},
    DeviceId{0x154F, Family::i82599, "82599 LOM"},
    DeviceId{0x1557, Family::i82599, "82599EN SFP+ (X520-1)"},
    DeviceId{0x1558, Family::i82599, "82599 QSFP+ (X520-Q1)"},
    DeviceId{0x1528, Family::x540, "X540-AT2 10GBASE-T"},
    DeviceId{0x1560, Family::x540, "X540-AT1 10GBASE-T"},
    DeviceId{0x1563, Family::x550, "X550-AT2 10GBASE-T"},
    DeviceId{0x15D1, Family::x550, "X550-AT1 10GBASE-T"},
};

}  // namespace

std::span<const DeviceId> known_devices() {
  return table;
}

std::optional<DeviceId> find_device(bus::Identity identity) {
  const auto* found = std::ranges::find(table, identity.device, &DeviceId::device);
  if (identity.vendor != intel_vendor_id || found == table.end()) return std::nullopt;
  return *found;
}

std::optional<std::string_view> find_name(bus::Identity identity) {
  const auto device = find_device(identity);
  return device ? std::optional{device->name} : std::nullopt;
}

}  // namespace bulkhead::ixgbe
