// What a broker gives up when its devices are open, and what it takes before.
#pragma once

#include "bulkhead/base/error.hpp"

namespace bulkhead::confine {

/// As root it becomes nobody. No capability is left in any set, and none can be had again; nobody
/// debugs it or has its core. It can still start processes: its own program, for its workers.
/// Errors: what the kernel says.
Result<> drop_privileges();

/// Crews of 64 workers take more descriptors than most processes may have at first (1024): as many
/// as may be had without a privilege. Workers have a limit of their own.
void raise_descriptor_limit();

}  // namespace bulkhead::confine
