// A worker that attacks, if it is told to.
#pragma once

namespace bulkhead::hostile {

/// As confine::run_worker(), with the same sandbox, and with the attempt that the stage names.
int run_worker(int channel);

}  // namespace bulkhead::hostile
