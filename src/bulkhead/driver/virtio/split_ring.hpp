// A split virtqueue: descriptors, what the driver made available, what the device has used
// (virtio 1.2, 2.7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "bulkhead/base/device_fence.hpp"
#include "bulkhead/base/index.hpp"
#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/driver/virtio/ring.hpp"

namespace bulkhead::virtio {

/// N buffers at most are with the device, each named by the index of its (first) descriptor.
template <uint32_t N>
class SplitRing {
 public:
  static constexpr uint32_t extent = N;
  static constexpr bool packed = false;

  // The legacy interface prescribes this layout (2.7.2), the modern one allows it. Offsets of the
  // available and the used ring, and what the whole takes.
  static constexpr size_t driver_area = size_t{N} * 16;
  static constexpr size_t device_area = (driver_area + 6 + size_t{N} * 2 + 4095) / 4096 * 4096;
  static constexpr size_t size_in_bytes = (device_area + 6 + size_t{N} * 8 + 4095) / 4096 * 4096;

  /// `memory` is zeroed, aligned to 4,096 bytes, and outlives the ring. Whether EVENT_IDX was
  /// negotiated decides how both sides say what they want to be notified of.
  SplitRing(std::span<std::byte, size_in_bytes> memory, bool event_index)
      : memory_(memory), event_index_(event_index) {}

  /// Gives the device a buffer, which it will see after publish(). `id` is not with the device.
  void put(Index<N> id, Piece piece, Access access) {
    describe(id, piece, static_cast<uint16_t>(access));
    make_available(id);
  }
  /// A request of two pieces, under the ids 0 and 1; the device answers into the second. Nothing
  /// else is with the device.
  void put_request(Piece request, Piece answer) {
    const auto first = Index<N>::wrap(0);
    describe(first + 1, answer, static_cast<uint16_t>(Access::device_writes));
    describe(first, request, descriptor_has_next, 1);
    make_available(first);
  }

  /// Shows the device what was put since last time. True if it wants to be notified of that.
  [[nodiscard]] bool publish() {
    if (added_ == published_) return false;
    const uint16_t before = published_;
    published_ = added_;
    // Release: descriptors and entries come before the index that covers them (2.7.13.3.1), which a
    // device that was not notified may look at by itself.
    fence_before_release();
    shared::store_release<uint16_t>(memory_, available_index, added_);
    // The index must be out before we look whether the device sleeps: it announces its sleep and
    // then looks at the index, in the mirrored order, so that one of the two sees the other's store
    // (2.7.13.4.1). Only a full fence keeps a load behind an earlier store.
    device_fence();
    if (event_index_)
      return passes_event(shared::load_relaxed<uint16_t>(memory_, available_event), added_, before);
    return (shared::load_relaxed<uint16_t>(memory_, used_flags) & no_notify) == 0;
  }

  /// Whether take() has something.
  [[nodiscard]] bool has_used() const {
    return shared::load_relaxed<uint16_t>(memory_, used_index) != taken_;
  }
  /// The next buffer that the device gave back, if there is one. The caller looks its id up among
  /// those that the device has.
  [[nodiscard]] std::optional<Used> take() {
    if (taken_ == seen_) {
      // Acquire: used entries and what the device wrote into the buffers come before the index that
      // covers them (2.7.14); read once for many entries.
      seen_ = shared::load_acquire<uint16_t>(memory_, used_index);
      if (taken_ == seen_) return std::nullopt;
      // More than a ring of them cannot be: entries would be stale.
      if (static_cast<uint16_t>(seen_ - taken_) > N) [[unlikely]]
        return Used{queue::DeviceValue{~0U}, queue::DeviceValue{0U}};
    }
    const size_t entry = used_ring + size_t{Index<N>::wrap(taken_).value()} * 8;
    ++taken_;
    return Used{queue::DeviceValue{shared::load_relaxed<uint32_t>(memory_, entry)},
                queue::DeviceValue{shared::load_relaxed<uint32_t>(memory_, entry + 4)}};
  }
  /// Like take(), for a request.
  [[nodiscard]] std::optional<Used> take_answer() { return take(); }

  /// The device shall interrupt at the next buffer that it gives back. False if it has given one
  /// back already.
  [[nodiscard]] bool arm() {
    if (event_index_) {
      shared::store_relaxed<uint16_t>(memory_, used_event, taken_);
    } else {
      shared::store_relaxed<uint16_t>(memory_, available_flags, 0);
    }
    // As in publish(), with the roles exchanged: either the device sees that we want an interrupt,
    // or we see what it has used (2.7.7.1 leaves that to this second look).
    device_fence();
    return !has_used();
  }
  /// No more interrupts: a hint that needs no order. With EVENT_IDX the flag counts for nothing
  /// (2.7.7.1), and the event is put as far away as it goes.
  void disarm() {
    if (event_index_) {
      shared::store_relaxed<uint16_t>(memory_, used_event, static_cast<uint16_t>(taken_ - 1));
    } else {
      shared::store_relaxed<uint16_t>(memory_, available_flags, no_interrupt);
    }
  }

 private:
  // 2.7.6: flags, idx, ring[N], used_event. 2.7.8: flags, idx, ring[N] of id and length,
  // avail_event.
  static constexpr size_t available_flags = driver_area;
  static constexpr size_t available_index = driver_area + 2;
  static constexpr size_t available_ring = driver_area + 4;
  static constexpr size_t used_event = available_ring + size_t{N} * 2;
  static constexpr size_t used_flags = device_area;
  static constexpr size_t used_index = device_area + 2;
  static constexpr size_t used_ring = device_area + 4;
  static constexpr size_t available_event = used_ring + size_t{N} * 8;
  static constexpr uint16_t no_interrupt = 1;
  static constexpr uint16_t no_notify = 1;

  // Plain stores: nobody looks before publish().
  void describe(Index<N> id, Piece piece, uint16_t flags, uint16_t next = 0) {
    const size_t descriptor = size_t{id.value()} * 16;
    shared::store_relaxed<uint64_t>(memory_, descriptor, piece.address.value());
    shared::store_relaxed<uint64_t>(
        memory_, descriptor + 8,
        uint64_t{piece.length} | uint64_t{flags} << 32U | uint64_t{next} << 48U);
  }
  void make_available(Index<N> id) {
    const size_t entry = available_ring + size_t{Index<N>::wrap(added_).value()} * 2;
    const auto wanted = static_cast<uint16_t>(id.value());
    // It is there from the last round if the device keeps the order: then its copy of the line
    // stays good.
    if (shared::load_relaxed<uint16_t>(memory_, entry) != wanted)
      shared::store_relaxed<uint16_t>(memory_, entry, wanted);
    ++added_;
  }

  std::span<std::byte, size_in_bytes> memory_;
  bool event_index_;
  // All of them run freely, modulo 2^16.
  uint16_t added_ = 0;      ///< entries written
  uint16_t published_ = 0;  ///< entries shown
  uint16_t seen_ = 0;       ///< the device's index when we looked last
  uint16_t taken_ = 0;      ///< entries taken back
};

}  // namespace bulkhead::virtio
