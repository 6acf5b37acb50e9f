// One function a layer: each puts it on the calling process and says whether it is there.
#pragma once

#include <cstdint>
#include <span>

#include "bulkhead/confine/layer.hpp"
#include "bulkhead/confine/policy.hpp"

namespace bulkhead::confine {

/// As root: becomes "nobody" and leaves all groups, and keeps the capabilities that the following
/// layers need. Another user stays who he is.
LayerState drop_identity();

LayerState enter_user_namespace();
LayerState enter_empty_root();
LayerState enter_network_namespace();
LayerState enter_ipc_namespace();
LayerState enter_uts_namespace();
/// A process cannot enter one by itself: whether it was started in one.
LayerState look_for_pid_namespace();

LayerState drop_capabilities();

LayerState forbid_new_privileges();
LayerState forbid_new_code();
LayerState forbid_dumps();

LayerState deny_by_landlock();
/// The kernel's version of Landlock; 0: it has none.
int landlock_abi();

/// Closes all but `keep`; descriptors may repeat.
LayerState close_all_but(std::vector<int> keep);

LayerState forbid_core();
LayerState forbid_growing_files(std::span<const Kept> keep);
/// Counts what there is in this user namespace, so it needs one of its own.
LayerState forbid_processes(uint32_t threads, bool own_user_namespace);
/// `keep` fill up the numbers below `polled`, with copies where there are not enough.
LayerState forbid_new_files(std::span<const Kept> keep, uint32_t polled);

}  // namespace bulkhead::confine
