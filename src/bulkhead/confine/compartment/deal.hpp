// What each worker of a compartment gets of all that the compartment has.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/confine/compartment/job.hpp"
#include "bulkhead/driver/queue_plan.hpp"
#include "bulkhead/queue/pool.hpp"

namespace bulkhead::confine {

/// What a compartment has for its workers, together. Queue pair i of each port goes with pool i.
struct Supplies {
  JobOptions options;
  Work work;
  std::vector<driver::QueuePlans> ports;
  std::vector<std::shared_ptr<queue::Pool>> pools;
  std::vector<OwnedFd> interfaces;  ///< of a NetdevWork: interface i goes with queue pair i
};

/// A worker's job and the descriptors that go with it, which stay the supplies'. The first two, the
/// control page's and the signal's, are the worker's own, and not among these.
struct Share {
  Job job;
  std::vector<int> descriptors;
};

/// Errors: `invalid_argument` for other than one worker to one a queue pair.
Result<> check_workers(uint32_t workers, size_t pairs);

/// A worker takes all buffers of a pool for free ones, so no two may be in one memory. Errors:
/// `invalid_argument`.
Result<> check_pools(std::span<const std::shared_ptr<queue::Pool>> pools);

/// The share of worker `number` of so many: every queue pair whose number leaves that remainder,
/// with its pool, its interrupts and the pages that have its registers. `workers` is right for
/// check_workers().
//
// In turn, not in runs: where a table of receive side scaling has more entries than there are queue
// pairs, and not a multiple of them, it is the first ones that get one more.
Share deal(const Supplies& supplies, uint32_t number, uint32_t workers);

/// No worker takes a job beyond JobLimits. Errors: `invalid_argument`.
Result<> check_share(const Share& share);

}  // namespace bulkhead::confine
