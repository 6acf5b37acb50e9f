// Sending: frames go to the device, which gives their buffers back in any order.
#pragma once

#include <cstdint>

#include "bulkhead/driver/virtio/in_flight.hpp"
#include "bulkhead/driver/virtio/rx_queue.hpp"
#include "bulkhead/queue/queues.hpp"

namespace bulkhead::virtio {

class TxQueue : public queue::TxQueue {
 public:
  /// Whether the device has given back all that it got, or never will.
  [[nodiscard]] virtual bool idle() const = 0;
  /// The device could not be brought to rest: it may still read the frames that are on their way,
  /// so their buffers never go back to the pool.
  virtual void abandon() = 0;
};

template <class Ring>
class TxQueueOn final : public TxQueue {
 public:
  TxQueueOn(Ring ring, QueueSetup setup);
  /// The device must not run any more: frames that were not sent go back to the pool.
  ~TxQueueOn() override;

  uint32_t send(queue::Batch& batch) override;
  void reclaim() override;
  [[nodiscard]] bool stopped() const override { return stopped_; }
  [[nodiscard]] bool idle() const override { return stopped_ || in_flight_.count() == 0; }
  void abandon() override { abandoned_ = true; }
  [[nodiscard]] queue::QueueCounters counters() const override { return counters_; }

 private:
  Ring ring_;
  QueueSetup setup_;
  InFlight<Ring::extent> in_flight_;
  bool stopped_ = false;  ///< the device gave back what it did not have
  bool abandoned_ = false;
  queue::QueueCounters counters_;
};

}  // namespace bulkhead::virtio
