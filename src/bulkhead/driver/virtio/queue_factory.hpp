// Queues on rings of a size and a layout that are known when the device has answered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/virtio/control_queue.hpp"
#include "bulkhead/driver/virtio/late_queues.hpp"
#include "bulkhead/driver/virtio/rx_queue.hpp"
#include "bulkhead/driver/virtio/transport.hpp"
#include "bulkhead/driver/virtio/tx_queue.hpp"

namespace bulkhead::virtio {

/// A ring's layout and its number of entries, which are those that its code was compiled for.
struct RingKind {
  bool packed = false;
  uint32_t entries = 0;
  bool event_index = false;
};

/// The kind of a ring on a queue that takes `most` entries: as many as `wanted` or less, or exactly
/// `most` if the device does not let the driver choose. Errors: `unsupported` for a number that no
/// code was compiled for.
Result<RingKind> choose_ring(uint32_t most, uint32_t wanted, bool device_chooses, bool packed,
                             bool event_index);

/// A multiple of 4,096.
size_t bytes_of(RingKind kind);
/// Where the parts of a ring at `start` lie.
QueuePlace place_of(RingKind kind, Iova start);

/// Whether code was compiled for it.
bool is_known(RingKind kind);

/// Both queues' memory holds bytes_of(kind) bytes (a trap if not), of zeros when they are started.
std::unique_ptr<driver::AttachedQueues> make_late_queues(RingKind kind, LateQueue rx, LateQueue tx);

// `memory` holds bytes_of(kind) zeros, aligned to 4,096 bytes (a trap if it is smaller).
std::unique_ptr<RxQueue> make_rx_queue(RingKind kind, std::span<std::byte> memory,
                                       QueueSetup setup);
std::unique_ptr<TxQueue> make_tx_queue(RingKind kind, std::span<std::byte> memory,
                                       QueueSetup setup);
/// Commands are written behind the ring, to ControlQueue::memory_bytes more of `memory`.
std::unique_ptr<ControlQueue> make_control_queue(RingKind kind, std::span<std::byte> memory,
                                                 Iova memory_at, Notifier notifier);

}  // namespace bulkhead::virtio
