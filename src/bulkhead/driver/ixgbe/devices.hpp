// Which PCI device ids this driver knows.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "bulkhead/bus/function.hpp"

namespace bulkhead::ixgbe {

inline constexpr uint16_t intel_vendor_id = 0x8086;

/// Which part of the family a device is: what differs between them is the PHY and link speeds.
enum class Family : uint8_t { i82599, x540, x550 };

struct DeviceId {
  uint16_t device;
  Family family;
  std::string_view name;
};

/// Physical functions only.
std::span<const DeviceId> known_devices();

/// The table's entry for an id; none for any other.
std::optional<DeviceId> find_device(bus::Identity identity);
std::optional<std::string_view> find_name(bus::Identity identity);

}  // namespace bulkhead::ixgbe
