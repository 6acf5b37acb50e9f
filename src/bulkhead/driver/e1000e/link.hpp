// Bringing the link up and reading its state.
#pragma once

#include <chrono>

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/e1000e/registers.hpp"
#include "bulkhead/driver/nic.hpp"

namespace bulkhead::e1000e {

/// Lets the MAC follow what the PHY negotiates. A PHY that is powered down, or does not negotiate,
/// starts to; one that has a link keeps it.
Result<> start_link(Bar& bar);
Result<driver::Link> read_link(Bar& bar);
/// Waits for the link. A cable that is not plugged in is no error: the link is reported as down.
Result<driver::Link> wait_for_link(Bar& bar, std::chrono::milliseconds limit);

}  // namespace bulkhead::e1000e
