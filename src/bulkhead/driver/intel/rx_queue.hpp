// Receiving: the device fills buffers in the ring's order, we take them out and put fresh ones in.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "bulkhead/base/bits.hpp"
#include "bulkhead/base/index.hpp"
#include "bulkhead/base/require.hpp"
#include "bulkhead/queue/descriptor_ring.hpp"
#include "bulkhead/queue/queues.hpp"
#include "bulkhead/regs/window.hpp"

namespace bulkhead::intel {

inline constexpr uint32_t ring_size = 512;

/// What the device writes back to a descriptor's second word when it has filled a buffer: status
/// and errors in the low half, the frame's length in bits 47:32. The extended descriptors of the
/// gigabit families and the advanced ones of the 10-gigabit families have these in common.
namespace rx_descriptor {
inline constexpr uint64_t DD = bit64(0);   ///< descriptor done
inline constexpr uint64_t EOP = bit64(1);  ///< end of packet: the frame's last descriptor
inline constexpr unsigned length_shift = 32;
inline constexpr uint64_t length_mask = 0xFFFF;
}  // namespace rx_descriptor

/// `errors` are the bits with which a family marks a frame that the MAC found bad.
template <uint64_t errors>
class RxQueue final : public queue::RxQueue {
 public:
  using Ring = queue::DescriptorRing<ring_size>;
  using Position = Index<ring_size>;

  /// `buffers_at` is where the device sees the pool's first buffer. The pool must have ring_size
  /// buffers free (a trap otherwise). The ring's memory is left alone until start().
  RxQueue(Ring ring, regs::Doorbell tail, std::shared_ptr<queue::Pool> pool, Iova buffers_at);
  /// The device must not run any more: the ring's buffers go back to the pool.
  ~RxQueue() override;

  /// Fills the ring with buffers and makes them known to the device, whose ring is empty: RDT to
  /// the last descriptor.
  void start();

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

template <uint64_t errors>
RxQueue<errors>::RxQueue(Ring ring, regs::Doorbell tail, std::shared_ptr<queue::Pool> pool,
                         Iova buffers_at)
    : ring_(ring), tail_(tail), pool_(std::move(pool)), buffers_at_(buffers_at) {
  const auto free = pool_->next_free(ring_size);
  require(free.size() == ring_size);
  std::ranges::copy(free, slots_.begin());
  pool_->take(ring_size);
}

template <uint64_t errors>
void RxQueue<errors>::start() {
  for (uint32_t i = 0; i < ring_size; ++i) {
    const auto position = Position::wrap(i);
    post(position, slots_[position.value()]);
  }
  tail_.ring(ring_size - 1);
}

template <uint64_t errors>
RxQueue<errors>::~RxQueue() {
  if (!abandoned_) pool_->give(slots_);
}

template <uint64_t errors>
void RxQueue<errors>::post(Position position, Slot slot) {
  // The second word, whose DD bit is cleared with it, is a header buffer's address in some
  // families: there is none.
  ring_.store(position, buffers_at_.value() + pool_->buffers().offset(slot), 0);
}

template <uint64_t errors>
uint32_t RxQueue<errors>::receive(queue::Batch& batch) {
  using namespace rx_descriptor;
  require(&batch.pool() == pool_.get());
  // Copies, so that the loop has them in registers: the compiler must assume that a store to the
  // ring changes any member.
  Ring ring = ring_;
  const queue::Buffers buffers = pool_->buffers();
  const uint64_t buffers_at = buffers_at_.value();
  const std::span slots{slots_};

  const auto out = batch.unused();
  const auto fresh = pool_->next_free(std::min<size_t>(out.size(), ring_size - 1));
  auto fresh_slot = fresh.rbegin();
  auto handle = out.begin();
  Position position = next_;
  if (in_spread_frame_) [[unlikely]]
    position = drop_frame(position);
  while (fresh_slot != fresh.rend()) {
    const uint64_t written_back = ring.load_high(position);
    const queue::DeviceValue length{
        static_cast<uint32_t>((written_back >> length_shift) & length_mask)};
    const auto frame = buffers.handle(slots[position.value()], length);
    if ((written_back & (DD | EOP | errors)) != (DD | EOP) || !frame) [[unlikely]] {
      if ((written_back & DD) == 0) break;
      // One a call, so that a device that writes nothing else does not keep us here.
      position = drop_frame(position);
      break;
    }
    *handle++ = *frame;
    slots[position.value()] = *fresh_slot;
    ring.store(position, buffers_at + buffers.offset(*fresh_slot), 0);
    ++fresh_slot;
    ++position;
  }
  if (position == next_) return 0;
  const auto received = static_cast<uint32_t>(handle - out.begin());
  pool_->take(received);
  batch.grow(received);
  counters_.frames += received;
  next_ = position;
  // RDT is the descriptor behind the last one that the device may use: one stays unused, so
  // that a full ring and an empty one differ.
  tail_.ring((position + (ring_size - 1)).value());
  return received;
}

template <uint64_t errors>
bool RxQueue<errors>::arm() {
  return (ring_.load_high(next_) & rx_descriptor::DD) == 0;
}

template <uint64_t errors>
[[gnu::cold]] typename RxQueue<errors>::Position RxQueue<errors>::drop_frame(Position position) {
  using namespace rx_descriptor;
  for (uint32_t i = 0; i < ring_size; ++i) {
    const uint64_t written_back = ring_.load_high(position);
    if ((written_back & DD) == 0) break;
    if (in_spread_frame_) {
      // Counted at its first descriptor.
    } else if ((written_back & (EOP | errors)) != EOP) {
      ++counters_.bad_frame;
    } else {
      ++counters_.bad_length;
    }
    in_spread_frame_ = (written_back & EOP) == 0;
    post(position, slots_[position.value()]);
    ++position;
    if (!in_spread_frame_) break;
  }
  return position;
}

}  // namespace bulkhead::intel
