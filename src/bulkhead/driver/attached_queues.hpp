// A queue pair of a NIC that another process keeps.
#pragma once

#include <cstdint>

#include "bulkhead/queue/queues.hpp"

namespace bulkhead::driver {

class AttachedQueues {
 public:
  AttachedQueues() = default;
  virtual ~AttachedQueues() = default;
  AttachedQueues(const AttachedQueues&) = delete;
  AttachedQueues& operator=(const AttachedQueues&) = delete;
  AttachedQueues(AttachedQueues&&) = delete;
  AttachedQueues& operator=(AttachedQueues&&) = delete;

  [[nodiscard]] virtual queue::RxQueue& rx() = 0;
  [[nodiscard]] virtual queue::TxQueue& tx() = 0;
  /// Of the pool's buffers it holds no more than this: a full rx ring, and a full tx ring.
  [[nodiscard]] virtual uint32_t most_buffers() const = 0;
  /// Takes the queue pair over, whose rings the device has empty: fills the rx ring, and tells the
  /// device. Makes no system call.
  virtual void start() = 0;
};

}  // namespace bulkhead::driver
