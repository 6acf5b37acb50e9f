// Sending: we put frames into the ring, the device reports how far it has got.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "bulkhead/base/index.hpp"
#include "bulkhead/base/require.hpp"
#include "bulkhead/driver/intel/rx_queue.hpp"
#include "bulkhead/queue/descriptor_ring.hpp"
#include "bulkhead/queue/queues.hpp"
#include "bulkhead/regs/window.hpp"

namespace bulkhead::intel {

using TxRing = queue::DescriptorRing<ring_size>;
using TxPosition = Index<ring_size>;

/// How a family's descriptors look, and how its device reports what it has sent.
template <class R>
concept TxReport = requires(R report, const TxRing& ring, TxPosition position, uint32_t number) {
  /// The second word of a descriptor for a whole frame of `number` bytes, and its bit that asks for
  /// a report.
  { R::frame(number) } -> std::same_as<uint64_t>;
  { R::RS } -> std::convertible_to<uint64_t>;
  /// The descriptor at `position` asks for a report.
  report.asked(position);
  /// How many of the `number` descriptors from `position` on are done; none for a report that
  /// cannot be.
  { report.done(ring, position, number) } -> std::same_as<std::optional<uint32_t>>;
};

template <TxReport Report>
class TxQueue final : public queue::TxQueue {
 public:
  using Ring = TxRing;
  using Position = TxPosition;

  /// `buffers_at` is where the device sees the pool's first buffer.
  TxQueue(Ring ring, regs::Doorbell tail, Report report, std::shared_ptr<queue::Pool> pool,
          Iova buffers_at)
      : ring_(ring),
        tail_(tail),
        report_(report),
        pool_(std::move(pool)),
        buffers_at_(buffers_at) {}
  /// The device must not run any more: frames that were not sent go back to the pool.
  ~TxQueue() override { give_back(in_flight()); }

  uint32_t send(queue::Batch& batch) override;
  void reclaim() override;
  [[nodiscard]] bool stopped() const override { return stopped_; }
  /// The device could not be brought to rest: it may still read the frames that are on their way,
  /// so their buffers never go back to the pool.
  void abandon() { oldest_ = next_; }
  [[nodiscard]] queue::QueueCounters counters() const override { return counters_; }

 private:
  /// A report for at least every this many descriptors...
  static constexpr uint32_t report_every = 32;
  /// ...and a look at it when this many are on their way: seldom enough that the line which the
  /// device writes does not travel for every batch, often enough that buffers come back while they
  /// are warm.
  static constexpr uint32_t reclaim_above = 64;

  [[nodiscard]] uint32_t in_flight() const { return next_.distance_from(oldest_); }
  void give_back(uint32_t count);

  Ring ring_;
  regs::Doorbell tail_;
  Report report_;
  std::shared_ptr<queue::Pool> pool_;
  Iova buffers_at_;
  Position oldest_;            ///< the first descriptor whose frame we have not got back
  Position next_;              ///< the first descriptor that is free
  uint32_t since_report_ = 0;  ///< descriptors since the last one with RS
  bool stopped_ = false;       ///< the device reported what cannot be
  std::array<Slot, ring_size> slots_{};
  queue::QueueCounters counters_;
};

template <TxReport Report>
uint32_t TxQueue<Report>::send(queue::Batch& batch) {
  require(&batch.pool() == pool_.get());
  if (in_flight() > reclaim_above) reclaim();
  const auto frames = batch.handles();
  const uint32_t room = stopped_ ? 0 : ring_size - 1 - in_flight();
  const auto count = std::min(static_cast<uint32_t>(frames.size()), room);
  if (count == 0) return 0;

  // Copies, so that the loop has them in registers: the compiler must assume that a store to the
  // ring changes any member.
  Ring ring = ring_;
  const queue::Buffers buffers = pool_->buffers();
  const uint64_t buffers_at = buffers_at_.value();
  const std::span slots{slots_};

  Position position = next_;
  Position last = next_;
  for (const queue::Handle frame : frames.first(count)) {
    slots[position.value()] = frame.slot();
    ring.store(position, buffers_at + buffers.offset(frame.slot()), Report::frame(frame.length()));
    last = position;
    ++position;
  }
  since_report_ += count;
  if (since_report_ >= report_every || count == room) {
    ring.store_high(last, Report::frame(frames[count - 1].length()) | Report::RS);
    report_.asked(last);
    since_report_ = 0;
  }
  next_ = position;
  batch.release_first(count);
  counters_.frames += count;
  tail_.ring(position.value());
  return count;
}

template <TxReport Report>
void TxQueue<Report>::reclaim() {
  const auto done = report_.done(ring_, oldest_, in_flight());
  if (!done) [[unlikely]] {
    // A report beyond what was sent would give buffers back that the device still reads.
    if (!stopped_) ++counters_.bad_index;
    stopped_ = true;
    return;
  }
  give_back(*done);
}

template <TxReport Report>
void TxQueue<Report>::give_back(uint32_t count) {
  const auto to_the_end = std::min(count, ring_size - oldest_.value());
  const std::span slots{slots_};
  pool_->give(slots.subspan(oldest_.value(), to_the_end));
  pool_->give(slots.first(count - to_the_end));
  oldest_ = oldest_ + count;
}

}  // namespace bulkhead::intel
