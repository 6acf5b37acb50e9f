// The process that runs a compartment's data path.
#pragma once

namespace bulkhead::confine {

/// All that such a process does, from its start to its end: takes a job from the channel, maps what
/// the job needs, confines itself, waits for its turn, and works until it is told to stop. What
/// went wrong has been said over the channel.
[[noreturn]] void run_worker(int channel);

}  // namespace bulkhead::confine
