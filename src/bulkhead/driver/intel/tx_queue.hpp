// Sending: we put frames into the ring, the device reports how far it has got.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "bulkhead/base/index.hpp"
#include "bulkhead/base/require.hpp"
#include "bulkhead/driver/intel/rx_queue.hpp"
#include "bulkhead/queue/descriptor_ring.hpp"
#include "bulkhead/queue/queues.hpp"

namespace bulkhead::intel {

using TxRing = queue::DescriptorRing<ring_size>;
using TxPosition = Index<ring_size>;

/// How a family's descriptors look, and how its device reports what it has sent.
template <class R>
concept TxReport = requires(R report, const TxRing& ring, TxPosition position, uint32_t number) {
  /// The second word of a descriptor for a whole frame of `number` bytes, and its bit that asks for
  /// a report. The last descriptor of every row asks.
  { R::frame(number) } -> std::same_as<uint64_t>;
  { R::RS } -> std::convertible_to<uint64_t>;
  /// What a queue writes its tail with: a test counts there.
  typename R::Tail;
  /// How many of the `number` descriptors from `position` on, a row's first, are done; none for a
  /// report that cannot be.
  { report.done(ring, position, number) } -> std::same_as<std::optional<uint32_t>>;
};

template <TxReport Report>
class TxQueue final : public queue::TxQueue {
 public:
  using Ring = TxRing;
  using Position = TxPosition;
  using Tail = typename Report::Tail;
  /// A row stays unused, so that a full ring and an empty one differ.
  static constexpr uint32_t most_in_flight = ring_size - row_size;

  /// `buffers_at` is where the device sees the pool's first buffer.
  TxQueue(Ring ring, Tail tail, Report report, std::shared_ptr<queue::Pool> pool, Iova buffers_at)
      : ring_(ring),
        tail_(tail),
        report_(report),
        pool_(std::move(pool)),
        buffers_(pool_->buffers()),
        buffers_at_(buffers_at) {}
  /// The device must not run any more: frames that were not sent go back to the pool.
  ~TxQueue() override {
    if (stopped_) oldest_ = kept_;
    for (; oldest_ != next(); ++oldest_) pool_->give(std::array{slots_[oldest_.value()]});
  }

  uint32_t send(queue::Batch& batch) override;
  void reclaim() override;
  [[nodiscard]] bool stopped() const override { return stopped_; }
  /// The device could not be brought to rest: it may still read the frames that are on their way,
  /// so their buffers never go back to the pool.
  void abandon() { oldest_ = kept_ = next(); }
  [[nodiscard]] queue::QueueCounters counters() const override {
    return {.frames = sent_, .bad_index = stopped_ ? 1U : 0U};
  }

 private:
  /// The device's report is looked at when more than this many descriptors are on their way: seldom
  /// enough that the line which the device writes does not travel for every batch, often enough
  /// that buffers come back while they are warm.
  static constexpr uint32_t reclaim_above = 2 * row_size;
  [[nodiscard]] static Position at(uint64_t number) {
    return Position::wrap(static_cast<uint32_t>(number));
  }
  [[nodiscard]] Position next() const { return at(sent_); }
  [[nodiscard]] uint32_t in_flight() const { return next().distance_from(oldest_); }
  /// The descriptors up to `sent` are filled, the last of them for `last`: it asks for a report if
  /// it ends a row.
  void advance(const queue::Handle& last, uint64_t sent) {
    sent_ = sent;
    if (sent % row_size == 0) [[unlikely]]
      ring_[at(sent - 1)].store_high(Report::frame(last.length()) | Report::RS);
  }
  uint32_t send_one(queue::Batch& batch);
  uint32_t send_in_row(queue::Batch& batch);
  void put(std::span<const queue::Handle> frames);
  uint32_t send_further(queue::Batch& batch);
  uint32_t send_across_rows(queue::Batch& batch);
  bool open_row();
  void stop();

  Ring ring_;
  Tail tail_;
  Report report_;
  std::shared_ptr<queue::Pool> pool_;
  queue::Buffers buffers_;
  Iova buffers_at_;
  uint64_t sent_ = 0;     ///< descriptors that were filled; the next one is free
  uint64_t end_ = 0;      ///< what it may become: the end of its row
  Position oldest_;       ///< the first whose frame we have not got back; a row's beginning
  Position kept_;         ///< oldest_ when the queue was stopped
  bool stopped_ = false;  ///< the device reported what cannot be
  std::array<Slot, ring_size> slots_{};
};

template <TxReport Report>
uint32_t TxQueue<Report>::send(queue::Batch& batch) {
  require(&batch.pool() == pool_.get());
  const uint32_t count = batch.size();
  if (sent_ + count > end_) return send_further(batch);
  return count == 1 ? send_one(batch) : send_in_row(batch);
}

/// The shortest way, for a program that sends one frame at a time.
template <TxReport Report>
[[gnu::always_inline]] inline uint32_t TxQueue<Report>::send_one(queue::Batch& batch) {
  const uint64_t sent = sent_ + 1;
  const queue::Handle& frame = batch.first();
  slots_[at(sent - 1).value()] = frame.slot();
  ring_[at(sent - 1)].store(buffers_at_.value() + buffers_.offset(frame.slot()),
                            Report::frame(frame.length()));
  advance(frame, sent);
  batch.release_all();
  tail_.ring(at(sent).value());
  return 1;
}

template <TxReport Report>
[[gnu::noinline]] uint32_t TxQueue<Report>::send_in_row(queue::Batch& batch) {
  const auto frames = batch.handles();
  if (frames.empty()) return 0;
  put(frames);
  batch.release_all();
  tail_.ring(next().value());
  return static_cast<uint32_t>(frames.size());
}

/// More frames than the row has room for.
template <TxReport Report>
[[gnu::noinline]] uint32_t TxQueue<Report>::send_further(queue::Batch& batch) {
  if (sent_ != end_ || batch.size() > row_size) return send_across_rows(batch);
  return open_row() ? send(batch) : 0;
}

template <TxReport Report>
[[gnu::noinline]] uint32_t TxQueue<Report>::send_across_rows(queue::Batch& batch) {
  auto frames = batch.handles();
  while (!frames.empty() && (sent_ != end_ || open_row())) {
    const auto now = frames.first(std::min(frames.size(), end_ - sent_));
    put(now);
    frames = frames.subspan(now.size());
  }
  const auto sent = static_cast<uint32_t>(batch.size() - frames.size());
  if (sent == 0) return 0;
  batch.release_first(sent);
  tail_.ring(next().value());
  return sent;
}

/// Describes frames, no more than are left in the row, to the device.
template <TxReport Report>
[[gnu::always_inline]] inline void TxQueue<Report>::put(std::span<const queue::Handle> frames) {
  // Copies, so that the loop has them in registers: the compiler must assume that a store to the
  // ring changes any member.
  const queue::Buffers buffers = buffers_;
  const uint64_t buffers_at = buffers_at_.value();
  const auto count = static_cast<uint32_t>(frames.size());
  auto slot = std::span{slots_}.subspan(next().value()).first(count).begin();
  auto frame = frames.begin();
#pragma GCC unroll 4
  for (queue::Descriptor& descriptor : ring_.row(next(), count)) {
    *slot++ = frame->slot();
    descriptor.store(buffers_at + buffers.offset(frame->slot()), Report::frame(frame->length()));
    ++frame;
  }
  advance(frames.back(), sent_ + count);
}

/// Whether the next row may be filled.
template <TxReport Report>
bool TxQueue<Report>::open_row() {
  if (in_flight() > reclaim_above) reclaim();
  if (stopped_ || in_flight() >= most_in_flight) return false;
  end_ = sent_ + row_size;
  return true;
}

template <TxReport Report>
void TxQueue<Report>::reclaim() {
  const auto done = report_.done(ring_, oldest_, in_flight());
  if (!done) [[unlikely]]
    return stop();
  for (uint32_t rows = *done / row_size; rows > 0; --rows) {
    pool_->give<row_size>(std::span{slots_}.subspan(oldest_.value()).template first<row_size>());
    oldest_ = oldest_ + row_size;
  }
}

/// A report beyond what was sent would give buffers back that the device still reads. From now on
/// no report gives any back, as the next lie may keep within its bounds: nothing is in flight that
/// one could tell of. What is on its way stays there until the end.
template <TxReport Report>
[[gnu::cold]] void TxQueue<Report>::stop() {
  if (!stopped_) kept_ = std::exchange(oldest_, next());
  stopped_ = true;
  end_ = sent_;
}

}  // namespace bulkhead::intel
