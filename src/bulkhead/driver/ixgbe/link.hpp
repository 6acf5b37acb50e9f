// Bringing the link up and reading its state (datasheet 3.7, 4.6.4).
#pragma once

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/ixgbe/devices.hpp"
#include "bulkhead/driver/ixgbe/registers.hpp"
#include "bulkhead/driver/nic.hpp"

namespace bulkhead::ixgbe {

/// Starts autonegotiation with the link mode that the EEPROM has chosen for this board.
Result<> start_link(Bar& bar, Family family);
Result<driver::Link> read_link(Bar& bar, Family family);

}  // namespace bulkhead::ixgbe
