// The process that runs a compartment's data path.
#pragma once

namespace bulkhead::confine {

/// All that such a process does, from its start to its end: takes a job from the channel, maps what
/// the job needs, confines itself, waits for its turn, and works until it is told to stop. Returns
/// the exit code; what went wrong has been said over the channel.
int run_worker(int channel);

}  // namespace bulkhead::confine
