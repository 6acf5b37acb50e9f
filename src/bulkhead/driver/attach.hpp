// Running the queues of a NIC that another process keeps.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/driver/attached_queues.hpp"
#include "bulkhead/driver/queue_plan.hpp"
#include "bulkhead/queue/pool.hpp"

namespace bulkhead::driver {

/// A NIC's rings and BAR pages, mapped here. They outlive the queues.
struct MappedPieces {
  std::span<std::byte> rings;
  std::span<const std::span<std::byte>> pages;
};

/// Gets ready to run a queue pair, and leaves it and its rings alone until start(): another process
/// may still be running it. `pool` lies in the memory that the plan's buffers are in. Errors: those
/// of check(), `invalid_argument` for a pool with too few free buffers.
Result<std::unique_ptr<AttachedQueues>> attach(const QueuePairPlan& plan,
                                               const MappedPieces& pieces,
                                               std::shared_ptr<queue::Pool> pool, OwnedFd event);

}  // namespace bulkhead::driver
