#include "bulkhead/driver/virtio/tx_queue.hpp"

#include <algorithm>
#include <array>

#include "bulkhead/driver/virtio/packed_ring.hpp"
#include "bulkhead/driver/virtio/split_ring.hpp"

namespace bulkhead::virtio {
namespace {

/// Buffers are taken back when this part of the ring is on its way: seldom enough that the lines
/// which the device writes do not travel for every batch, often enough that buffers come back while
/// they are warm.
constexpr uint32_t reclaim_above_share = 4;

}  // namespace

template <class Ring>
TxQueueOn<Ring>::TxQueueOn(Ring ring, QueueSetup setup)
    : ring_(std::move(ring)), setup_(std::move(setup)) {
  ring_.disarm();
}

template <class Ring>
TxQueueOn<Ring>::~TxQueueOn() {
  if (abandoned_) return;
  in_flight_.remove_all([&](Slot slot) { setup_.pool->give(std::array{slot}); });
}

template <class Ring>
uint32_t TxQueueOn<Ring>::send(queue::Batch& batch) {
  require(&batch.pool() == setup_.pool.get());
  if (in_flight_.count() > Ring::extent / reclaim_above_share) reclaim();
  const auto frames = batch.handles();
  const uint32_t room = stopped_ ? 0 : in_flight_.room();
  const auto count = std::min(static_cast<uint32_t>(frames.size()), room);
  if (count == 0) return 0;

  const queue::Buffers buffers = setup_.pool->buffers();
  const uint32_t header = setup_.header;
  const uint64_t first_header = setup_.buffers_at.value() - header;
  for (const queue::Handle frame : frames.first(count)) {
    NetHeader::clear(buffers, frame.slot());
    ring_.put(in_flight_.add(frame.slot()),
              {.address = Iova{first_header + buffers.offset(frame.slot())},
               .length = header + frame.length()},
              Access::device_reads);
  }
  batch.release_first(count);
  counters_.frames += count;
  if (ring_.publish()) setup_.notifier.notify();
  return count;
}

template <class Ring>
void TxQueueOn<Ring>::reclaim() {
  std::array<Slot, 64> slots;
  size_t count = 0;
  // At most as many as are on their way, so that the loop ends.
  for (uint32_t left = stopped_ ? 0 : in_flight_.count(); left > 0; --left) {
    const auto used = ring_.take();
    if (!used) break;
    const auto slot = in_flight_.remove(used->id);
    if (!slot) [[unlikely]] {
      ++counters_.bad_index;
      stopped_ = true;
      break;
    }
    slots[count] = *slot;
    if (++count == slots.size()) {
      setup_.pool->give(slots);
      count = 0;
    }
  }
  setup_.pool->give(std::span{slots}.first(count));
}

template class TxQueueOn<SplitRing<64>>;
template class TxQueueOn<SplitRing<128>>;
template class TxQueueOn<SplitRing<256>>;
template class TxQueueOn<SplitRing<512>>;
template class TxQueueOn<SplitRing<1024>>;
template class TxQueueOn<PackedRing<64>>;
template class TxQueueOn<PackedRing<128>>;
template class TxQueueOn<PackedRing<256>>;

}  // namespace bulkhead::virtio
