// What a port goes on needing once everything else is closed.
#pragma once

#include <vector>

#include "bulkhead/confine/policy.hpp"
#include "bulkhead/net/port.hpp"

namespace bulkhead::confine {

/// The device's descriptors and its rx queues' interrupts, for Policy::keep.
std::vector<Kept> descriptors_of(net::Port& port);

}  // namespace bulkhead::confine
