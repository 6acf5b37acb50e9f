// A queue pair that carries nothing, and says how many buffers it may hold.
#pragma once

#include "bulkhead/driver/attached_queues.hpp"

#include "tests/queue/fake_queues.hpp"

namespace bulkhead::confine {

class IdleQueues final : public driver::AttachedQueues {
 public:
  explicit IdleQueues(uint32_t most_buffers) : most_buffers_(most_buffers) {}
  [[nodiscard]] queue::RxQueue& rx() override { return pair.rx; }
  [[nodiscard]] queue::TxQueue& tx() override { return pair.tx; }
  [[nodiscard]] uint32_t most_buffers() const override { return most_buffers_; }
  void start() override {}

  queue::FakeQueues pair;

 private:
  uint32_t most_buffers_;
};

}  // namespace bulkhead::confine
