// Bringing the link up and reading its state (datasheet 3.7, 4.6.4).
#pragma once

#include <chrono>

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/ixgbe/devices.hpp"
#include "bulkhead/driver/ixgbe/registers.hpp"
#include "bulkhead/driver/nic.hpp"

namespace bulkhead::ixgbe {

/// Starts autonegotiation with the link mode that the EEPROM has chosen for this board.
Result<> start_link(Bar& bar, Family family);
Result<driver::Link> read_link(Bar& bar, Family family);
/// Waits for the link. A cable that is not plugged in is no error: the link is reported as down.
Result<driver::Link> wait_for_link(Bar& bar, Family family, std::chrono::milliseconds limit);

}  // namespace bulkhead::ixgbe
