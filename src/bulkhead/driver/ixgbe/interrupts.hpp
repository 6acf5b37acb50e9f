// Interrupts: all masked, or one MSI-X vector for each rx queue (datasheet 7.3).
#pragma once

#include <cstdint>

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/ixgbe/registers.hpp"

namespace bulkhead::ixgbe {

/// Masks every interrupt cause.
Result<> mask_interrupts(Bar& bar);
/// Rx queue n raises MSI-X vector n for the first `queues` of them. A vector's cause clears and
/// stays enabled when it is raised, so the data path has no register to write; throttling bounds
/// how often that happens.
Result<> enable_rx_interrupts(Bar& bar, uint32_t queues);

}  // namespace bulkhead::ixgbe
