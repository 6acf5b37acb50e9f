#include "bulkhead/driver/ixgbe/rx_queue.hpp"

#include <algorithm>

namespace bulkhead::ixgbe {

using queue::Batch;
using queue::DeviceValue;
using queue::Handle;

RxQueue::RxQueue(Ring ring, regs::Doorbell tail, std::shared_ptr<queue::Pool> pool, Iova buffers_at)
    : ring_(ring), tail_(tail), pool_(std::move(pool)), buffers_at_(buffers_at) {
  const auto free = pool_->next_free(ring_size);
  require(free.size() == ring_size);
  std::ranges::copy(free, slots_.begin());
  pool_->take(ring_size);
  for (uint32_t i = 0; i < ring_size; ++i) {
    const auto position = Position::wrap(i);
    post(position, slots_[position.value()]);
  }
}

RxQueue::~RxQueue() {
  if (!abandoned_) pool_->give(slots_);
}

void RxQueue::post(Position position, Slot slot) {
  // The second word, whose DD bit is cleared with it, is the header buffer's address: there is none
  // (7.1.6.1).
  ring_.store(position, buffers_at_.value() + pool_->buffers().offset(slot), 0);
}

uint32_t RxQueue::receive(Batch& batch) {
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
    const DeviceValue length{static_cast<uint32_t>((written_back >> length_shift) & length_mask)};
    const auto frame = buffers.handle(slots[position.value()], length);
    if ((written_back & (DD | EOP | RXE)) != (DD | EOP) || !frame) [[unlikely]] {
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
  // RDT is the descriptor behind the last one that the device may use (7.1.9): one stays unused, so
  // that a full ring and an empty one differ.
  tail_.ring((position + (ring_size - 1)).value());
  return received;
}

bool RxQueue::arm() {
  return (ring_.load_high(next_) & rx_descriptor::DD) == 0;
}

[[gnu::cold]] RxQueue::Position RxQueue::drop_frame(Position position) {
  using namespace rx_descriptor;
  for (uint32_t i = 0; i < ring_size; ++i) {
    const uint64_t written_back = ring_.load_high(position);
    if ((written_back & DD) == 0) break;
    if (in_spread_frame_) {
      // Counted at its first descriptor.
    } else if ((written_back & (EOP | RXE)) != EOP) {
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

}  // namespace bulkhead::ixgbe
