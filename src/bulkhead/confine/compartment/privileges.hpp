// What a broker gives up when its devices are open.
#pragma once

#include "bulkhead/base/error.hpp"

namespace bulkhead::confine {

/// As root it becomes nobody. No capability is left in any set, and none can be had again; nobody
/// debugs it or has its core. It can still start processes: its own program, for its workers.
/// Errors: what the kernel says.
Result<> drop_privileges();

}  // namespace bulkhead::confine
