// Interrupts: all masked, or MSI-X vector 0 for the rx queue (datasheet 7.4).
#pragma once

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/e1000e/registers.hpp"

namespace bulkhead::e1000e {

/// Masks every interrupt cause and forgets those that are pending.
Result<> mask_interrupts(Bar& bar);
/// The rx queue raises MSI-X vector 0. Its cause clears and stays enabled when the vector is
/// raised, so the data path has no register to write; throttling bounds how often that happens.
Result<> enable_rx_interrupt(Bar& bar);

}  // namespace bulkhead::e1000e
