// Stopping and resetting the device, and waiting until it is ready.
#pragma once

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/e1000e/registers.hpp"

namespace bulkhead::e1000e {

/// Waits until the device has no request on the bus any more and makes no new one.
Result<> stop_dma(Bar& bar);
/// Brings the device into its power-on state, whatever it did before, and waits until it has read
/// its EEPROM. The PHY keeps its link.
Result<> reset(Bar& bar);

}  // namespace bulkhead::e1000e
