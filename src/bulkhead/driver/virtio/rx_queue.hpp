// Receiving: every buffer of the ring is with the device; what it fills is handed on and replaced.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "bulkhead/driver/virtio/in_flight.hpp"
#include "bulkhead/driver/virtio/interrupt_line.hpp"
#include "bulkhead/driver/virtio/net_header.hpp"
#include "bulkhead/driver/virtio/notifier.hpp"
#include "bulkhead/queue/queues.hpp"

namespace bulkhead::virtio {

/// What both kinds of queues are made with.
struct QueueSetup {
  Notifier notifier;
  std::shared_ptr<queue::Pool> pool;
  Iova buffers_at;  ///< where the device sees the pool's first buffer
  uint32_t header;  ///< bytes of the header in front of each frame
  uint32_t
      longest_frame;  ///< that an rx buffer has room for; not more than the pool's buffers have
  bool mergeable;     ///< MRG_RXBUF: a frame may spread over several rx buffers
  const InterruptLine* line = nullptr;  ///< rx: that the queue's event is of, if it is no vector's
};

class RxQueue : public queue::RxQueue {
 public:
  /// Tells the running device of the buffers that it has got.
  virtual void start() = 0;
  /// The device could not be brought to rest: it may still write to its buffers, so they never go
  /// back to the pool.
  virtual void abandon() = 0;
};

template <class Ring>
class RxQueueOn final : public RxQueue {
 public:
  /// The ring is filled with buffers, of which the pool must have as many (a trap otherwise).
  RxQueueOn(Ring ring, QueueSetup setup);
  /// The device must not run any more: the ring's buffers go back to the pool.
  ~RxQueueOn() override;

  void start() override { setup_.notifier.notify(); }
  void abandon() override { abandoned_ = true; }
  uint32_t receive(queue::Batch& batch) override;
  bool arm() override {
    // Before the ring is looked at: what arrives later finds the line unmasked.
    if (setup_.line != nullptr) setup_.line->renew();
    return stopped_ || ring_.arm();
  }
  void disarm() override { ring_.disarm(); }
  [[nodiscard]] bool stopped() const override { return stopped_; }
  [[nodiscard]] queue::QueueCounters counters() const override { return counters_; }

 private:
  void put(Slot slot);
  /// The frame in a buffer that the device gave back; none, and counted, if it is of no use.
  std::optional<queue::Handle> frame_in(const queue::Buffers& buffers, Slot slot,
                                        queue::DeviceValue<uint32_t> length);
  [[nodiscard]] bool is_whole(const queue::Buffers& buffers, Slot slot);

  Ring ring_;
  QueueSetup setup_;
  InFlight<Ring::extent> in_flight_;
  uint32_t spread_left_ = 0;  ///< buffers to come of a frame that is dropped
  bool stopped_ = false;      ///< the device gave back what it did not have
  bool abandoned_ = false;
  queue::QueueCounters counters_;
};

}  // namespace bulkhead::virtio
