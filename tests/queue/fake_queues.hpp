// Queues that carry nothing, and stop when a test says so.
#pragma once

#include <semaphore>

#include "bulkhead/queue/queues.hpp"

namespace bulkhead::queue {

class FakeRx final : public RxQueue {
 public:
  uint32_t receive(Batch& /*batch*/) override {
    if (hangs) {
      reached.release();
      released.acquire();
    }
    return 0;
  }
  [[nodiscard]] bool arm() override { return true; }
  [[nodiscard]] bool stopped() const override { return broken; }
  [[nodiscard]] QueueCounters counters() const override { return {}; }
  bool broken = false;
  bool hangs = false;  ///< in the next receive(), which says so and waits to be released
  std::binary_semaphore reached{0};
  std::binary_semaphore released{0};
};

class FakeTx final : public TxQueue {
 public:
  uint32_t send(Batch& /*batch*/) override { return 0; }
  void reclaim() override {}
  [[nodiscard]] bool stopped() const override { return broken; }
  [[nodiscard]] QueueCounters counters() const override { return {}; }
  bool broken = false;
};

struct FakeQueues {
  FakeRx rx;
  FakeTx tx;
};

}  // namespace bulkhead::queue
