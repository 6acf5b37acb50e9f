// Bringing the link up and reading its state.
#pragma once

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/e1000e/registers.hpp"
#include "bulkhead/driver/nic.hpp"

namespace bulkhead::e1000e {

/// Lets the MAC follow what the PHY negotiates. A PHY that is powered down, or does not negotiate,
/// starts to; one that has a link keeps it.
Result<> start_link(Bar& bar);
Result<driver::Link> read_link(Bar& bar);

}  // namespace bulkhead::e1000e
