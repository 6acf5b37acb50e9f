#include "bulkhead/driver/ixgbe/rx_queue.hpp"

#include <algorithm>

namespace bulkhead::ixgbe {

using queue::Batch;
using queue::DeviceValue;
using queue::Handle;

RxQueue::RxQueue(Ring ring, regs::Doorbell tail, std::shared_ptr<queue::Pool> pool, Iova buffers_at)
    : ring_(ring),
      tail_(tail),
      pool_(std::move(pool)),
      buffers_(pool_->buffers()),
      buffers_at_(buffers_at) {
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
  pool_->give(slots_);
}

inline void RxQueue::post(Position position, Slot slot) {
  // The second word's DD bit is cleared with it (7.1.6.1: header buffer address, here none).
  ring_.store(position, buffers_at_.value() + buffers_.offset(slot), 0);
}

uint32_t RxQueue::receive(Batch& batch) {
  using namespace rx_descriptor;
  require(&batch.pool() == pool_.get());
  const auto out = batch.unused();
  const auto fresh = pool_->next_free(std::min<size_t>(out.size(), ring_size - 1));
  auto fresh_slot = fresh.rbegin();
  auto handle = out.begin();
  Position position = next_;
  uint32_t dropped = 0;
  while (fresh_slot != fresh.rend()) {
    const uint64_t written_back = ring_.load_high(position);
    if ((written_back & DD) == 0) break;
    const DeviceValue length{static_cast<uint32_t>((written_back >> length_shift) & length_mask)};
    const Slot filled = slots_[position.value()];
    const auto frame = pool_->handle(filled, length);
    if ((written_back & (EOP | RXE)) != EOP || !frame || in_spread_frame_) [[unlikely]] {
      drop(written_back);
      post(position, filled);
      ++position;
      if (++dropped == ring_size - 1) break;
      continue;
    }
    *handle++ = *frame;
    slots_[position.value()] = *fresh_slot;
    post(position, *fresh_slot);
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

[[gnu::cold]] void RxQueue::drop(uint64_t written_back) {
  using namespace rx_descriptor;
  if (in_spread_frame_ || (written_back & (EOP | RXE)) != EOP) {
    if (!in_spread_frame_) ++counters_.bad_frame;
    in_spread_frame_ = (written_back & EOP) == 0;
  } else {
    ++counters_.bad_length;
  }
}

}  // namespace bulkhead::ixgbe
