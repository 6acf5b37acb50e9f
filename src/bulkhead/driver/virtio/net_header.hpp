// The header in front of every frame (virtio 1.2, 5.1.6), in the headroom of the frame's buffer.
#pragma once

#include <cstdint>

#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/queue/buffers.hpp"
#include "bulkhead/queue/device_value.hpp"

namespace bulkhead::virtio {

/// flags, gso_type, hdr_len, gso_size, csum_start, csum_offset, num_buffers. Without offloads all
/// but the last are zero, and are not looked at. The legacy interface without MRG_RXBUF has no
/// num_buffers (5.1.6.1).
class NetHeader {
 public:
  static constexpr uint32_t with_count = 12;
  static constexpr uint32_t without_count = 10;

  /// An ordinary frame to send: whatever a device left there is overwritten. Where it left nothing,
  /// nothing is written: then both sides keep their copies of the line.
  static void clear(const queue::Buffers& buffers, Slot slot) {
    const auto room = buffers.before(slot);
    if (shared::load_relaxed<uint64_t>(room, end - 8) != 0)
      shared::store_relaxed<uint64_t>(room, end - 8, 0);
    if (shared::load_relaxed<uint32_t>(room, end - 12) != 0)
      shared::store_relaxed<uint32_t>(room, end - 12, 0);
  }
  /// Over how many buffers a received frame spreads.
  static queue::DeviceValue<uint16_t> buffer_count(const queue::Buffers& buffers, Slot slot) {
    return queue::DeviceValue{shared::load_relaxed<uint16_t>(buffers.before(slot), end - 2)};
  }

 private:
  static constexpr size_t end = queue::Buffers::headroom;
};

}  // namespace bulkhead::virtio
