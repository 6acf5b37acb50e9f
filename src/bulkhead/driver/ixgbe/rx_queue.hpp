// Receiving: the device fills buffers in the ring's order, we take them out and put fresh ones in.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "bulkhead/base/index.hpp"
#include "bulkhead/base/require.hpp"
#include "bulkhead/driver/ixgbe/descriptors.hpp"
#include "bulkhead/queue/descriptor_ring.hpp"
#include "bulkhead/queue/queues.hpp"
#include "bulkhead/regs/window.hpp"

namespace bulkhead::ixgbe {

inline constexpr uint32_t ring_size = 512;

class RxQueue final : public queue::RxQueue {
 public:
  using Ring = queue::DescriptorRing<ring_size>;
  using Position = Index<ring_size>;

  /// `buffers_at` is where the device sees the pool's first byte. The ring is filled with buffers,
  /// of which the pool must have ring_size (a trap otherwise); the device must not run yet.
  RxQueue(Ring ring, regs::Doorbell tail, std::shared_ptr<queue::Pool> pool, Iova buffers_at);
  /// The device must not run any more: the ring's buffers go back to the pool.
  ~RxQueue() override;

  /// Makes the filled ring known to the device: RDT to the last descriptor (4.6.7).
  void start() const { tail_.ring(ring_size - 1); }

  uint32_t receive(queue::Batch& batch) override;
  /// The device signals every arrival, at most once in its throttling interval: nothing to tell it.
  bool arm() override;
  /// The device could not be brought to rest: it may still write to the ring's buffers, so they
  /// never go back to the pool.
  void abandon() { abandoned_ = true; }
  [[nodiscard]] queue::QueueCounters counters() const override { return counters_; }

 private:
  void post(Position position, Slot slot);
  /// Counts a frame that is of no use and gives its buffers back to the device; if not all of its
  /// descriptors are there yet, in_spread_frame_ stays true.
  Position drop_frame(Position position);

  Ring ring_;
  regs::Doorbell tail_;
  std::shared_ptr<queue::Pool> pool_;
  Iova buffers_at_;
  Position next_;
  bool abandoned_ = false;
  bool in_spread_frame_ = false;  ///< dropping the rest of a frame that did not fit one buffer
  std::array<Slot, ring_size>
      slots_{};  ///< which buffer each descriptor holds; the device has no say
  queue::QueueCounters counters_;
};

}  // namespace bulkhead::ixgbe
