#include "bulkhead/driver/virtio/rx_queue.hpp"

#include <algorithm>

#include "bulkhead/driver/virtio/packed_ring.hpp"
#include "bulkhead/driver/virtio/split_ring.hpp"

namespace bulkhead::virtio {

using queue::Batch;
using queue::DeviceValue;
using queue::Handle;

template <class Ring>
RxQueueOn<Ring>::RxQueueOn(Ring ring, QueueSetup setup)
    : ring_(std::move(ring)), setup_(std::move(setup)) {
  const auto free = setup_.pool->next_free(Ring::extent);
  require(free.size() == Ring::extent && setup_.longest_frame <= setup_.pool->buffer_size());
  for (const Slot slot : free) put(slot);
  setup_.pool->take(Ring::extent);
  // The device does not run yet: start() notifies it.
  static_cast<void>(ring_.publish());
  ring_.disarm();
}

template <class Ring>
RxQueueOn<Ring>::~RxQueueOn() {
  if (abandoned_) return;
  in_flight_.remove_all([&](Slot slot) { setup_.pool->give(std::array{slot}); });
}

template <class Ring>
void RxQueueOn<Ring>::put(Slot slot) {
  const uint64_t frame = setup_.buffers_at.value() + setup_.pool->buffers().offset(slot);
  ring_.put(
      in_flight_.add(slot),
      {.address = Iova{frame - setup_.header}, .length = setup_.header + setup_.longest_frame},
      Access::device_writes);
}

template <class Ring>
uint32_t RxQueueOn<Ring>::receive(Batch& batch) {
  auto& pool = *setup_.pool;
  require(&batch.pool() == &pool);
  if (stopped_) [[unlikely]]
    return 0;
  const queue::Buffers buffers = pool.buffers();
  const auto out = batch.unused();
  const auto wanted = std::min(static_cast<uint32_t>(out.size()), Ring::extent);
  if (pool.available() < wanted) [[unlikely]] {
    if (!ring_.has_used()) return 0;
    static_cast<void>(pool.has(wanted));  // fewer will do
  }
  const auto fresh = pool.next_free(wanted);
  auto handle = out.begin();
  uint32_t given_back = 0;
  std::optional<Slot> dropped;
  while (given_back < fresh.size()) {
    const auto used = ring_.take();
    if (!used) break;
    const auto slot = in_flight_.remove(used->id);
    if (!slot) [[unlikely]] {
      ++counters_.bad_index;
      stopped_ = true;
      break;
    }
    ++given_back;
    const auto frame = frame_in(buffers, *slot, used->length);
    if (!frame) [[unlikely]] {
      // One a call, so that a device that gives nothing else does not keep us here.
      dropped = slot;
      break;
    }
    *handle++ = *frame;
  }
  if (given_back == 0) return 0;
  for (const Slot slot : fresh.last(given_back)) put(slot);
  pool.take(given_back);
  if (dropped) pool.give(std::array{*dropped});
  const auto received = static_cast<uint32_t>(handle - out.begin());
  batch.grow(received);
  counters_.frames += received;
  if (ring_.publish()) setup_.notifier.notify();
  return received;
}

template <class Ring>
std::optional<Handle> RxQueueOn<Ring>::frame_in(const queue::Buffers& buffers, Slot slot,
                                                DeviceValue<uint32_t> length) {
  if (setup_.mergeable && !is_whole(buffers, slot)) [[unlikely]]
    return std::nullopt;
  // The length counts the header.
  const auto written =
      length.between(setup_.header + queue::shortest_frame, setup_.header + setup_.longest_frame);
  auto frame = written ? buffers.handle(slot, DeviceValue{*written - setup_.header}) : std::nullopt;
  if (!frame) [[unlikely]]
    ++counters_.bad_length;
  return frame;
}

template <class Ring>
bool RxQueueOn<Ring>::is_whole(const queue::Buffers& buffers, Slot slot) {
  if (spread_left_ > 0) [[unlikely]] {
    --spread_left_;  // it has no header, and was counted at the frame's first buffer
    return false;
  }
  const auto count = NetHeader::buffer_count(buffers, slot);
  if (count.between(1, 1)) return true;
  // 5.1.6.4: the frame's other buffers follow. A count that cannot be says nothing about them.
  spread_left_ = count.between(2, Ring::extent).value_or(1) - 1;
  ++counters_.bad_frame;
  return false;
}

template class RxQueueOn<SplitRing<64>>;
template class RxQueueOn<SplitRing<128>>;
template class RxQueueOn<SplitRing<256>>;
template class RxQueueOn<SplitRing<512>>;
template class RxQueueOn<SplitRing<1024>>;
template class RxQueueOn<PackedRing<64>>;
template class RxQueueOn<PackedRing<128>>;
template class RxQueueOn<PackedRing<256>>;

}  // namespace bulkhead::virtio
