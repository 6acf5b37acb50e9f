#include "bulkhead/driver/ixgbe/tx_queue.hpp"

#include <algorithm>

#include "bulkhead/base/require.hpp"
#include "bulkhead/base/shared_words.hpp"

namespace bulkhead::ixgbe {
namespace {

/// A head report for at least every this many descriptors...
constexpr uint32_t report_every = 32;
/// ...and a look at it when this many are on their way: seldom enough that the line which the
/// device writes does not travel for every batch, often enough that buffers come back while they
/// are warm.
constexpr uint32_t reclaim_above = 64;

}  // namespace

TxQueue::TxQueue(Ring ring, regs::Doorbell tail, std::span<const std::byte, 4> head,
                 std::shared_ptr<queue::Pool> pool, Iova buffers_at)
    : ring_(ring), tail_(tail), head_(head), pool_(std::move(pool)), buffers_at_(buffers_at) {}

TxQueue::~TxQueue() {
  give_back(in_flight());
}

uint32_t TxQueue::send(queue::Batch& batch) {
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
    ring.store(position, buffers_at + buffers.offset(frame.slot()),
               tx_descriptor::frame(frame.length()));
    last = position;
    ++position;
  }
  since_report_ += count;
  if (since_report_ >= report_every || count == room) {
    ring.store_high(last, tx_descriptor::frame(frames[count - 1].length()) | tx_descriptor::RS);
    since_report_ = 0;
  }
  next_ = position;
  batch.release_first(count);
  counters_.frames += count;
  tail_.ring(position.value());
  return count;
}

void TxQueue::reclaim() {
  const queue::DeviceValue written{shared::load_acquire<uint32_t>(head_, 0)};
  const auto head = written.in_ring<ring_size>();
  if (!head || head->distance_from(oldest_) > in_flight()) [[unlikely]] {
    // A head beyond what was sent would give buffers back that the device still reads.
    if (!stopped_) ++counters_.bad_index;
    stopped_ = true;
    return;
  }
  give_back(head->distance_from(oldest_));
}

void TxQueue::give_back(uint32_t count) {
  const auto to_the_end = std::min(count, ring_size - oldest_.value());
  const std::span slots{slots_};
  pool_->give(slots.subspan(oldest_.value(), to_the_end));
  pool_->give(slots.first(count - to_the_end));
  oldest_ = oldest_ + count;
}

}  // namespace bulkhead::ixgbe
