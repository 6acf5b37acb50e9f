// What the ixgbe driver accepts of a driver::Config.
#pragma once

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/nic.hpp"

namespace bulkhead::ixgbe {

/// The longest frame for an MTU, without CRC: Ethernet header and one VLAN tag.
constexpr uint32_t largest_frame(uint32_t mtu) {
  return mtu + 14 + 4;
}

/// Errors: `invalid_argument`, naming the value, its range and what to do.
Result<> check(const driver::Config& config);

}  // namespace bulkhead::ixgbe
