// Stopping and resetting the device, and waiting until it is ready (datasheet 4.6.3, 5.2.5.3.2).
#pragma once

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/ixgbe/registers.hpp"

namespace bulkhead::ixgbe {

/// Waits until the device has no request on the bus any more and makes no new one.
Result<> stop_dma(Bar& bar);
/// Brings the device into its power-on state, whatever it did before.
Result<> reset(Bar& bar);
/// The device reads its EEPROM and initializes its DMA after a reset; nothing else may be done yet.
Result<> wait_until_ready(Bar& bar);

}  // namespace bulkhead::ixgbe
