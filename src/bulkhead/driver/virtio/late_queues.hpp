// A queue pair that is not there before it is started: until then its rings are another process's.
#pragma once

#include <optional>

#include "bulkhead/driver/attached_queues.hpp"
#include "bulkhead/driver/virtio/rx_queue.hpp"
#include "bulkhead/driver/virtio/tx_queue.hpp"

namespace bulkhead::virtio {

/// Before start() there is nothing to ask it for.
template <class Ring>
class LateRxQueue final : public queue::RxQueue {
 public:
  void begin(Ring ring, const QueueSetup& setup) {
    queue_.emplace(std::move(ring), setup);
    queue_->start();
  }
  uint32_t receive(queue::Batch& batch) override { return queue_->receive(batch); }
  bool arm() override { return queue_->arm(); }
  void disarm() override { queue_->disarm(); }
  [[nodiscard]] bool stopped() const override { return queue_->stopped(); }
  [[nodiscard]] queue::QueueCounters counters() const override { return queue_->counters(); }

 private:
  std::optional<RxQueueOn<Ring>> queue_;
};

template <class Ring>
class LateTxQueue final : public queue::TxQueue {
 public:
  void begin(Ring ring, const QueueSetup& setup) { queue_.emplace(std::move(ring), setup); }
  uint32_t send(queue::Batch& batch) override { return queue_->send(batch); }
  void reclaim() override { queue_->reclaim(); }
  [[nodiscard]] bool stopped() const override { return queue_->stopped(); }
  [[nodiscard]] queue::QueueCounters counters() const override { return queue_->counters(); }

 private:
  std::optional<TxQueueOn<Ring>> queue_;
};

/// Where a queue's ring lies, and what it is made with.
struct LateQueue {
  std::span<std::byte> memory;
  QueueSetup setup;
};

/// Both rings are of one kind. All memory that the queues need is taken now.
template <class Ring>
class LateQueues final : public driver::AttachedQueues {
 public:
  LateQueues(bool event_index, LateQueue rx, LateQueue tx)
      : event_index_(event_index), rx_plan_(std::move(rx)), tx_plan_(std::move(tx)) {}

  [[nodiscard]] queue::RxQueue& rx() override { return rx_; }
  [[nodiscard]] queue::TxQueue& tx() override { return tx_; }
  [[nodiscard]] uint32_t most_buffers() const override { return 2 * Ring::extent; }
  void start() override {
    tx_.begin(ring(tx_plan_), tx_plan_.setup);
    rx_.begin(ring(rx_plan_), rx_plan_.setup);
  }

 private:
  [[nodiscard]] Ring ring(const LateQueue& plan) const {
    return Ring{plan.memory.first<Ring::size_in_bytes>(), event_index_};
  }

  bool event_index_;
  LateQueue rx_plan_;
  LateQueue tx_plan_;
  LateRxQueue<Ring> rx_;
  LateTxQueue<Ring> tx_;
};

}  // namespace bulkhead::virtio
