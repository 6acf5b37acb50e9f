// Sending: we put frames into the ring, the device writes back how far it has got.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "bulkhead/base/index.hpp"
#include "bulkhead/driver/ixgbe/descriptors.hpp"
#include "bulkhead/driver/ixgbe/rx_queue.hpp"
#include "bulkhead/queue/descriptor_ring.hpp"
#include "bulkhead/queue/queues.hpp"
#include "bulkhead/regs/window.hpp"

namespace bulkhead::ixgbe {

class TxQueue final : public queue::TxQueue {
 public:
  using Ring = queue::DescriptorRing<ring_size>;
  using Position = Index<ring_size>;

  /// `head` is the word that the device writes its head to (TDWBAL, 7.2.3.5.2); `buffers_at` is
  /// where the device sees the pool's first byte.
  TxQueue(Ring ring, regs::Doorbell tail, std::span<const std::byte, 4> head,
          std::shared_ptr<queue::Pool> pool, Iova buffers_at);
  /// The device must not run any more: frames that were not sent go back to the pool.
  ~TxQueue() override;

  uint32_t send(queue::Batch& batch) override;
  void reclaim() override;
  [[nodiscard]] bool stopped() const override { return stopped_; }
  /// The device could not be brought to rest: it may still read the frames that are on their way,
  /// so their buffers never go back to the pool.
  void abandon() { oldest_ = next_; }
  [[nodiscard]] queue::QueueCounters counters() const override { return counters_; }

 private:
  [[nodiscard]] uint32_t in_flight() const { return next_.distance_from(oldest_); }
  void give_back(uint32_t count);

  Ring ring_;
  regs::Doorbell tail_;
  std::span<const std::byte, 4> head_;
  std::shared_ptr<queue::Pool> pool_;
  Iova buffers_at_;
  Position oldest_;            ///< the first descriptor whose frame we have not got back
  Position next_;              ///< the first descriptor that is free
  uint32_t since_report_ = 0;  ///< descriptors since the last one with RS
  bool stopped_ = false;       ///< the device reported a head that cannot be
  std::array<Slot, ring_size> slots_{};
  queue::QueueCounters counters_;
};

}  // namespace bulkhead::ixgbe
