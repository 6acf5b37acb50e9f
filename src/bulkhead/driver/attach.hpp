// Running the queues of a NIC that another process keeps.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/driver/queue_plan.hpp"
#include "bulkhead/queue/pool.hpp"
#include "bulkhead/queue/queues.hpp"

namespace bulkhead::driver {

/// A NIC's rings and BAR pages, mapped here. They outlive the queues.
struct MappedPieces {
  std::span<std::byte> rings;
  std::span<const std::span<std::byte>> pages;
};

struct QueuePair {
  std::unique_ptr<queue::RxQueue> rx;
  std::unique_ptr<queue::TxQueue> tx;
};

/// Takes a queue pair over, which the device has at rest or empty: fills the rx ring with buffers
/// of `pool` and tells the device. `pool` lies in the memory that the plan's buffers are in.
/// Errors: those of check(), `invalid_argument` for a pool with too few free buffers.
Result<QueuePair> attach(const QueuePairPlan& plan, const MappedPieces& pieces,
                         std::shared_ptr<queue::Pool> pool, OwnedFd event);

}  // namespace bulkhead::driver
