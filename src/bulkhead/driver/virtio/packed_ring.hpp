// A packed virtqueue: one ring of descriptors that driver and device overwrite in turn
// (virtio 1.2, 2.8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "bulkhead/base/device_fence.hpp"
#include "bulkhead/base/index.hpp"
#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/driver/virtio/ring.hpp"

namespace bulkhead::virtio {

/// N descriptors; a buffer is named by the id that its descriptor carries.
template <uint32_t N>
class PackedRing {
 public:
  static constexpr uint32_t extent = N;
  static constexpr bool packed = true;

  // Offsets of the two event suppression structures, each on a cache line of its own.
  static constexpr size_t driver_area = size_t{N} * 16;
  static constexpr size_t device_area = driver_area + 64;
  static constexpr size_t size_in_bytes = (device_area + 64 + 4095) / 4096 * 4096;

  /// `memory` is zeroed, aligned to 16 bytes, and outlives the ring. Event positions are the
  /// device's choice (2.8.10): its structure says which kind it uses.
  PackedRing(std::span<std::byte, size_in_bytes> memory, bool /*event_index*/) : memory_(memory) {}

  /// Gives the device a buffer, which it will see after publish(). `id` is not with the device.
  void put(Index<N> id, Piece piece, Access access) {
    const uint64_t word = describe(available_, piece, id.value(), static_cast<uint16_t>(access));
    // The first of them is held back until publish(): a device looks at the next descriptor only,
    // so it does not pull away the lines that are being written.
    if (added_) {
      shared::store_relaxed<uint64_t>(memory_, word_of(available_), word);
    } else {
      first_ = available_;
      first_word_ = word;
      added_ = true;
    }
    available_.advance();
  }
  /// A request of two pieces, under the id 0; the device answers into the second. Nothing else is
  /// with the device.
  void put_request(Piece request, Piece answer) {
    Position second = available_;
    second.advance();
    // The first descriptor's flags make the whole list available, so they come last (2.8.21.1).
    shared::store_relaxed<uint64_t>(
        memory_, word_of(second),
        describe(second, answer, 0, static_cast<uint16_t>(Access::device_writes)));
    first_ = available_;
    first_word_ = describe(available_, request, 0, descriptor_has_next);
    available_ = second;
    available_.advance();
    added_ = true;
  }

  /// True if the device wants to be notified of what was put since last time.
  [[nodiscard]] bool publish() {
    if (!std::exchange(added_, false)) return false;
    // Release: everything that was put is there before the flags that make it available
    // (2.8.21.2.1), which a device that was not notified may look at by itself.
    fence_before_release();
    shared::store_release<uint64_t>(memory_, word_of(first_), first_word_);
    // The descriptors must be out before we look whether the device sleeps: it announces its sleep
    // and then looks at the descriptors, in the mirrored order, so that one of the two sees the
    // other's store (2.8.21.3.1). Only a full fence keeps a load behind an earlier store.
    device_fence();
    const auto event = shared::load_relaxed<uint32_t>(memory_, device_area);
    switch (event >> 16U & 3U) {
      case events_disabled:
        return false;
      case events_from_position: {
        // A position of the round before lies one ring back (2.8.14).
        const bool same_round = ((event >> 15U & 1U) != 0) == available_.wrap;
        const auto position = static_cast<uint16_t>((event & 0x7FFFU) - (same_round ? 0 : N));
        const auto now = static_cast<uint16_t>(available_.index.value());
        // Wherever we passed it, and not only by the last step: a QEMU whose wire is congested
        // takes descriptors beyond the position, leaves it where it was, and sleeps.
        return passes_event(position, now, static_cast<uint16_t>(now - N));
      }
      default:
        return true;
    }
  }

  /// Whether take() has something.
  [[nodiscard]] bool has_used() const { return is_used(load()); }
  /// The next buffer that the device gave back, if there is one. The caller looks its id up among
  /// those that the device has.
  [[nodiscard]] std::optional<Used> take() { return take_list(1); }
  /// Like take(), for a request: its two descriptors make one used one (2.8.5).
  [[nodiscard]] std::optional<Used> take_answer() { return take_list(2); }

  /// The device shall interrupt at the next buffer that it gives back. False if it has given one
  /// back already.
  [[nodiscard]] bool arm() {
    shared::store_relaxed<uint32_t>(memory_, driver_area, events_enabled << 16U);
    // As in publish(), with the roles exchanged: either the device sees that we want an interrupt,
    // or we see what it has used.
    device_fence();
    return !has_used();
  }
  /// No more interrupts: a hint that needs no order.
  void disarm() { shared::store_relaxed<uint32_t>(memory_, driver_area, events_disabled << 16U); }

 private:
  // 2.8.14, RING_EVENT_FLAGS_*.
  static constexpr uint32_t events_enabled = 0;
  static constexpr uint32_t events_disabled = 1;
  static constexpr uint32_t events_from_position = 2;
  // 2.8.1: a descriptor is available if AVAIL is the driver's wrap counter and USED is not; it is
  // used if both are.
  static constexpr uint16_t flag_available = 1U << 7U;
  static constexpr uint16_t flag_used = 1U << 15U;

  /// A place in the ring, and the wrap counter there, which starts as 1 (2.8.1).
  struct Position {
    Index<N> index;
    bool wrap = true;
    void advance(uint32_t count = 1) {
      const uint32_t before = index.value();
      index = index + count;
      if (index.value() < before) wrap = !wrap;
    }
  };

  static uint16_t flags_at(Position position, uint16_t flags) {
    return static_cast<uint16_t>(flags | (position.wrap ? flag_available : flag_used));
  }
  static size_t word_of(Position position) { return size_t{position.index.value()} * 16 + 8; }
  /// Writes the address; returns the word beside it: length, id and flags.
  uint64_t describe(Position position, Piece piece, uint32_t id, uint16_t flags) {
    shared::store_relaxed<uint64_t>(memory_, size_t{position.index.value()} * 16,
                                    piece.address.value());
    return uint64_t{piece.length} | uint64_t{id} << 32U |
           uint64_t{flags_at(position, flags)} << 48U;
  }
  /// The word with the flags. Acquire: what the device wrote into the buffer is there before them
  /// (2.8.22). Length and id, which the device may write apart from the flags but before them, come
  /// with the same load.
  [[nodiscard]] uint64_t load() const {
    return shared::load_acquire<uint64_t>(memory_, word_of(used_));
  }
  [[nodiscard]] bool is_used(uint64_t word) const {
    constexpr uint16_t both = flag_available | flag_used;
    return (word >> 48U & both) == (used_.wrap ? both : 0);
  }
  [[nodiscard]] std::optional<Used> take_list(uint32_t descriptors) {
    const uint64_t word = load();
    if (!is_used(word)) return std::nullopt;
    used_.advance(descriptors);
    return Used{queue::DeviceValue{static_cast<uint32_t>(word >> 32U & 0xFFFFU)},
                queue::DeviceValue{static_cast<uint32_t>(word)}};
  }

  std::span<std::byte, size_in_bytes> memory_;
  Position available_;  ///< where the next buffer goes
  Position used_;       ///< where the device will give the next one back
  bool added_ = false;  ///< a buffer was put since publish() was called last
  Position first_;      ///< of those, and the word that is still to be written there
  uint64_t first_word_ = 0;
};

}  // namespace bulkhead::virtio
