// The PHY's registers (IEEE 802.3, clause 22), reached through MDIC.
#pragma once

#include <cstdint>

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/e1000e/registers.hpp"

namespace bulkhead::e1000e {

/// Errors: `timeout` naming the register, or `io` if the PHY does not have this one.
Result<uint16_t> read_phy(Bar& bar, uint32_t phy_register);
Result<> write_phy(Bar& bar, uint32_t phy_register, uint16_t value);

/// The device's firmware uses the PHY as well: whoever owns MDIO does so alone.
Result<> take_phy(Bar& bar);
Result<> release_phy(Bar& bar);

}  // namespace bulkhead::e1000e
