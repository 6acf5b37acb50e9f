#include "bulkhead/driver/virtio/queue_factory.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkhead/driver/virtio/packed_ring.hpp"
#include "bulkhead/driver/virtio/split_ring.hpp"

namespace bulkhead::virtio {
namespace {

/// Calls `use` with the ring type of this kind as its template argument.
template <class Use>
auto with_ring(RingKind kind, Use use) {
  if (kind.packed) {
    switch (kind.entries) {
      case 64:
        return use.template operator()<PackedRing<64>>();
      case 128:
        return use.template operator()<PackedRing<128>>();
      default:
        return use.template operator()<PackedRing<256>>();
    }
  }
  switch (kind.entries) {
    case 64:
      return use.template operator()<SplitRing<64>>();
    case 128:
      return use.template operator()<SplitRing<128>>();
    case 512:
      return use.template operator()<SplitRing<512>>();
    case 1024:
      return use.template operator()<SplitRing<1024>>();
    default:
      return use.template operator()<SplitRing<256>>();
  }
}

template <class Ring>
Ring ring_on(RingKind kind, std::span<std::byte> memory) {
  return Ring{memory.first<Ring::size_in_bytes>(), kind.event_index};
}

}  // namespace

Result<RingKind> choose_ring(uint32_t most, uint32_t wanted, bool device_chooses, bool packed,
                             bool event_index) {
  // Largest first. A driver that may choose takes none of the large ones: a longer ring only adds
  // buffers that are cold when their turn comes.
  static constexpr std::array sizes{1024U, 512U, 256U, 128U, 64U};
  const auto fits = [&](uint32_t size) {
    return device_chooses ? size == most : size <= std::min(most, wanted);
  };
  const auto* const size = std::ranges::find_if(sizes, fits);
  if (size == sizes.end())
    return fail(ErrorCode::unsupported,
                fmt::format("the device has a queue of {}{} entries",
                            device_chooses ? "" : "at most ", most),
                fmt::format("the driver has code for {}", fmt::join(sizes, ", ")));
  return RingKind{.packed = packed, .entries = *size, .event_index = event_index};
}

size_t bytes_of(RingKind kind) {
  return with_ring(kind, []<class Ring>() { return Ring::size_in_bytes; });
}

QueuePlace place_of(RingKind kind, Iova start) {
  return with_ring(kind, [&]<class Ring>() {
    return QueuePlace{.entries = Ring::extent,
                      .descriptors = start,
                      .driver_area = start + Bytes{Ring::driver_area},
                      .device_area = start + Bytes{Ring::device_area},
                      .vector = {}};
  });
}

bool is_known(RingKind kind) {
  return with_ring(kind, [&]<class Ring>() {
    return Ring::extent == kind.entries && Ring::packed == kind.packed;
  });
}

std::unique_ptr<driver::AttachedQueues> make_late_queues(RingKind kind, LateQueue rx,
                                                         LateQueue tx) {
  return with_ring(kind, [&]<class Ring>() -> std::unique_ptr<driver::AttachedQueues> {
    return std::make_unique<LateQueues<Ring>>(kind.event_index, std::move(rx), std::move(tx));
  });
}

std::unique_ptr<RxQueue> make_rx_queue(RingKind kind, std::span<std::byte> memory,
                                       QueueSetup setup) {
  return with_ring(kind, [&]<class Ring>() -> std::unique_ptr<RxQueue> {
    return std::make_unique<RxQueueOn<Ring>>(ring_on<Ring>(kind, memory), std::move(setup));
  });
}

std::unique_ptr<TxQueue> make_tx_queue(RingKind kind, std::span<std::byte> memory,
                                       QueueSetup setup) {
  return with_ring(kind, [&]<class Ring>() -> std::unique_ptr<TxQueue> {
    return std::make_unique<TxQueueOn<Ring>>(ring_on<Ring>(kind, memory), std::move(setup));
  });
}

std::unique_ptr<ControlQueue> make_control_queue(RingKind kind, std::span<std::byte> memory,
                                                 Iova memory_at, Notifier notifier) {
  return with_ring(kind, [&]<class Ring>() -> std::unique_ptr<ControlQueue> {
    constexpr size_t ring = Ring::size_in_bytes;
    return std::make_unique<ControlQueueOn<Ring>>(
        ring_on<Ring>(kind, memory), notifier,
        memory.subspan(ring).first<ControlQueue::memory_bytes>(), memory_at + Bytes{ring});
  });
}

}  // namespace bulkhead::virtio
