// Receiving: the device fills buffers in the ring's order, we take them out and put fresh ones in.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "bulkhead/base/index.hpp"
#include "bulkhead/base/require.hpp"
#include "bulkhead/driver/intel/rx_descriptor.hpp"
#include "bulkhead/queue/descriptor_ring.hpp"
#include "bulkhead/queue/queues.hpp"

namespace bulkhead::intel {

inline constexpr uint32_t ring_size = 512;
/// A ring is worked on by rows of this many descriptors: what a row needs but once (a doorbell, a
/// look at the pool, a report of the device) is not paid for every batch, and nothing that happens
/// inside of a row needs to think of the ring's end.
inline constexpr uint32_t row_size = 32;
static_assert(ring_size % row_size == 0 && row_size <= queue::buffers_to_go_on);

class RxQueue : public queue::RxQueue {
 public:
  using Ring = queue::DescriptorRing<ring_size>;

  /// Fills the ring with buffers and makes them known to the device, whose ring is empty: RDT to
  /// the last descriptor.
  virtual void start() = 0;
  /// The device could not be brought to rest: it may still write to the ring's buffers, so they
  /// never go back to the pool.
  virtual void abandon() = 0;
};

/// `Format` is that of the descriptors (rx_descriptor.hpp).
template <class Format>
class RxQueueOn final : public RxQueue {
 public:
  using Position = Index<ring_size>;
  using Tail = typename Format::Tail;

  /// `buffers_at` is where the device sees the pool's first buffer. The pool must have ring_size
  /// buffers free (a trap otherwise). The ring's memory is left alone until start().
  RxQueueOn(Ring ring, Tail tail, std::shared_ptr<queue::Pool> pool, Iova buffers_at);
  /// The device must not run any more: the ring's buffers go back to the pool.
  ~RxQueueOn() override;

  void start() override;
  uint32_t receive(queue::Batch& batch) override;
  /// The device signals every arrival, at most once in its throttling interval: nothing to tell it.
  bool arm() override;
  /// The device gives buffers back in the ring's order, and says of none which it is: its lies are
  /// of single frames.
  [[nodiscard]] bool stopped() const override { return false; }
  void abandon() override { abandoned_ = true; }
  [[nodiscard]] queue::QueueCounters counters() const override {
    queue::QueueCounters all = counters_;
    all.frames = seen_ - dropped_;
    return all;
  }

 private:
  using Status = RxStatus<Format>;

  [[nodiscard]] Position next() const { return Position::wrap(static_cast<uint32_t>(seen_)); }
  /// How many descriptors have been taken out of the row that is worked on.
  [[nodiscard]] uint32_t used() const { return row_size - left_ - hidden_; }
  uint32_t receive_further(queue::Batch& batch);
  uint32_t receive_across_rows(queue::Batch& batch);
  uint32_t take_one(queue::Batch& batch);
  uint32_t take(queue::Batch& batch, uint32_t limit);
  void advance(uint32_t count);
  /// RDT is the descriptor behind the last one that the device may use: one stays unused, so that a
  /// full ring and an empty one differ.
  void ring_doorbell() const { tail_.ring((next() + (ring_size - used() - 1)).value()); }
  bool open_row();
  void fill_row(Position first);
  void drop_rest();
  uint32_t drop(uint64_t status, uint32_t taken);

  Ring ring_;
  Tail tail_;
  std::shared_ptr<queue::Pool> pool_;
  queue::Buffers buffers_;
  Iova buffers_at_;
  uint64_t seen_ = 0;  ///< descriptors that we are done with; the next one is to be looked at
  uint32_t left_ = row_size;  ///< descriptors that may be taken from there on, up to the row's end
  /// While the rest of a frame that did not fit one buffer is waited for, to be dropped: what left_
  /// will be, so that a glance at left_ is enough otherwise.
  uint32_t hidden_ = 0;
  bool in_spread_frame_ = false;
  bool started_ = false;
  bool abandoned_ = false;
  uint64_t dropped_ = 0;  ///< of seen_, those that were of no use
  queue::QueueCounters counters_;
  /// Which buffer each descriptor holds; the device has no say. Those of the row that were handed
  /// out are somebody else's by now.
  std::array<Slot, ring_size> slots_{};
};

template <class Format>
RxQueueOn<Format>::RxQueueOn(Ring ring, Tail tail, std::shared_ptr<queue::Pool> pool,
                             Iova buffers_at)
    : ring_(ring),
      tail_(tail),
      pool_(std::move(pool)),
      buffers_(pool_->buffers()),
      buffers_at_(buffers_at) {
  require(pool_->available() >= ring_size);
}

template <class Format>
void RxQueueOn<Format>::start() {
  for (uint32_t i = 0; i < ring_size; i += row_size) fill_row(Position::wrap(i));
  started_ = true;
  tail_.ring(ring_size - 1);
}

template <class Format>
RxQueueOn<Format>::~RxQueueOn() {
  if (abandoned_ || !started_) return;
  for (uint32_t i = 0; i < ring_size - used(); ++i)
    pool_->give(std::array{slots_[(next() + i).value()]});
}

template <class Format>
uint32_t RxQueueOn<Format>::receive(queue::Batch& batch) {
  require(&batch.pool() == pool_.get());
  const uint32_t room = batch.room();
  if (room > left_) return receive_further(batch);
  if (room == 1) return take_one(batch);
  return take(batch, room);
}

/// For more frames than are left in the row.
template <class Format>
[[gnu::noinline]] uint32_t RxQueueOn<Format>::receive_further(queue::Batch& batch) {
  if (left_ != 0 || batch.room() > row_size || in_spread_frame_) return receive_across_rows(batch);
  if (!open_row()) return 0;
  ring_doorbell();
  return receive(batch);
}

template <class Format>
[[gnu::noinline]] uint32_t RxQueueOn<Format>::receive_across_rows(queue::Batch& batch) {
  uint32_t received = 0;
  bool filled = false;
  if (in_spread_frame_) [[unlikely]] {
    drop_rest();
    if (in_spread_frame_) return 0;
  }
  while (batch.room() > 0) {
    if (left_ == 0) {
      if (!open_row()) break;
      filled = true;
    }
    const uint32_t limit = std::min(batch.room(), left_);
    const uint32_t taken = take(batch, limit);
    received += taken;
    // Less than all of it: the rest has not arrived, or there was a bad one. One of those a call,
    // so that a device that writes nothing else does not keep us here.
    if (taken < limit) break;
  }
  if (filled) ring_doorbell();
  return received;
}

/// The shortest way, for a batch with room for one frame.
template <class Format>
[[gnu::always_inline]] inline uint32_t RxQueueOn<Format>::take_one(queue::Batch& batch) {
  const Position at = next();
  const uint64_t status = Status::of(ring_[at]);
  if (!buffers_.template make_handle<Status::good>(slots_[at.value()], queue::DeviceValue{status},
                                                   batch.next_unused())) [[unlikely]]
    return Status::is_done(status) ? drop(status, 0) : 0;
  batch.grow_full();
  advance(1);
  return 1;
}

/// Takes up to `limit` frames, for which there is room, and no more than are left in the row.
template <class Format>
[[gnu::noinline]] uint32_t RxQueueOn<Format>::take(queue::Batch& batch, uint32_t limit) {
  // A copy, so that the loop has it in registers: the compiler must assume that a store changes any
  // member.
  const queue::Buffers buffers = buffers_;
  auto handle = batch.unused().first(limit).begin();
  const auto first = handle;
  auto slot = std::span{slots_}.subspan(next().value()).first(limit).begin();
  uint64_t status = 0;
#pragma GCC unroll 8
  for (const queue::Descriptor& descriptor : ring_.row(next(), limit)) {
    status = Status::of(descriptor);
    if (!buffers.template make_handle<Status::good>(*slot, queue::DeviceValue{status}, *handle))
      break;
    ++handle;
    ++slot;
  }
  const auto taken = static_cast<uint32_t>(handle - first);
  batch.grow(taken);
  advance(taken);
  if (taken < limit && Status::is_done(status)) [[unlikely]]
    return drop(status, taken);
  return taken;
}

template <class Format>
void RxQueueOn<Format>::advance(uint32_t count) {
  seen_ += count;
  left_ -= count;
}

/// Puts fresh buffers into the row that was used up, and goes on to the next one; not if the pool
/// has too few, or in the middle of a frame that is dropped.
template <class Format>
bool RxQueueOn<Format>::open_row() {
  if (!pool_->has(row_size) || used() < row_size) return false;
  fill_row(next() + (ring_size - row_size));
  left_ = row_size;
  return true;
}

template <class Format>
void RxQueueOn<Format>::fill_row(Position first) {
  const auto fresh = pool_->next_free(row_size).template first<row_size>();
  const auto slots = std::span{slots_}.subspan(first.value()).template first<row_size>();
  const auto row = ring_.row(first, row_size).template first<row_size>();
  const queue::Buffers buffers = buffers_;
  const uint64_t buffers_at = buffers_at_.value();
#pragma GCC unroll 8
  for (uint32_t i = 0; i < row_size; ++i) {
    slots[i] = fresh[i];
    // Both words, whatever they hold. A device leaves a legacy descriptor's address as it was and
    // writes over any other's; neither is of use, since every buffer is a fresh one, and neither is
    // believed: slots_ alone says which buffer is where. The second word, whose DD bit is cleared
    // with it, is a header buffer's address in some families: there is none.
    row[i].store(buffers_at + buffers.offset(fresh[i]), 0);
  }
  pool_->take(row_size);
}

template <class Format>
bool RxQueueOn<Format>::arm() {
  return !Status::is_done(Status::of(ring_[next()]));
}

/// Counts the next frame, which is of no use, and returns `taken`. If not all of its descriptors
/// are there yet, in_spread_frame_ stays true.
template <class Format>
[[gnu::cold]] uint32_t RxQueueOn<Format>::drop(uint64_t status, uint32_t taken) {
  if (in_spread_frame_) {
    // Counted at its first descriptor.
  } else if ((status & (Status::EOP | Status::errors)) != Status::EOP) {
    ++counters_.bad_frame;
  } else {
    ++counters_.bad_length;
  }
  pool_->give(std::array{slots_[next().value()]});
  advance(1);
  ++dropped_;
  in_spread_frame_ = (status & Status::EOP) == 0;
  if (in_spread_frame_) hidden_ = std::exchange(left_, 0);
  return taken;
}

/// Goes on with a frame over several descriptors, by not more than a row of them.
template <class Format>
[[gnu::cold]] void RxQueueOn<Format>::drop_rest() {
  for (uint32_t i = 0; i < row_size && in_spread_frame_; ++i) {
    if (hidden_ == 0) {
      if (!open_row()) return;
      ring_doorbell();
      hidden_ = std::exchange(left_, 0);
    }
    const uint64_t status = Status::of(ring_[next()]);
    if (!Status::is_done(status)) return;
    left_ = std::exchange(hidden_, 0);
    drop(status, 0);
  }
}

}  // namespace bulkhead::intel
