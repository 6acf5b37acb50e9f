// The capability sets of the calling thread, capabilities(7).
#pragma once

#include <vector>

#include "bulkhead/confine/report.hpp"

namespace bulkhead::confine {

/// Makes all permitted capabilities effective. False, with errno, if the kernel does not let it.
bool use_permitted_capabilities();
/// Empties the permitted, effective and inheritable set, and the ambient one with them.
bool clear_capabilities();
/// Takes everything out of the bounding set.
bool clear_bounding_set();

/// All five: effective, permitted, inheritable, bounding, ambient.
std::vector<CapabilitySet> capability_sets();

}  // namespace bulkhead::confine
