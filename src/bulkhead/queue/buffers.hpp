// UNSAFE FILE: turns a slot's number and a checked length into a span of the pool's memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "bulkhead/base/require.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/queue/device_value.hpp"

#pragma clang unsafe_buffer_usage begin

namespace bulkhead::queue {

/// An Ethernet header (IEEE 802.3, 3.1.1): what has fewer bytes is no frame.
inline constexpr uint32_t shortest_frame = 14;

/// A frame in a pool: 8 bytes, and all there is to know about it. Made by Buffers alone, which has
/// checked that `length` is a frame's and fits a buffer.
class Handle {
 public:
  constexpr Handle() = default;
  [[nodiscard]] constexpr Slot slot() const { return slot_; }
  [[nodiscard]] constexpr uint32_t length() const { return length_; }

 private:
  friend class Buffers;
  constexpr Handle(Slot slot, uint32_t length) : slot_(slot), length_(length) {}
  Slot slot_{};
  uint32_t length_ = 0;
};
static_assert(sizeof(Handle) == 8);

/// Where a pool's buffers lie: linear in the slot, in this process and as a device sees them. A
/// small value: a loop keeps a copy of it in registers.
class Buffers {
 public:
  /// Free bytes in front of every buffer, mapped for devices like the buffer itself: for a header
  /// that a device's frames begin with (virtio's), so that both are one piece of memory.
  static constexpr uint32_t headroom = 64;
  /// What slots count: an address is one instruction then, on x86 as on ARM.
  static constexpr uint32_t slot_unit = 8;

  /// Buffers of `size` bytes, at least a frame's (a trap otherwise), in `memory`; each lies behind
  /// its headroom, which begins at the slot's number of units.
  Buffers(std::span<std::byte> memory, uint32_t size)
      : base_(memory.subspan(headroom).data()), size_(size), lengths_(size - shortest_frame) {
    require(size >= shortest_frame);
  }

  /// A handle for the frame in a slot that the caller got from the pool; none if the length that
  /// the device gave is less than an Ethernet header's or exceeds a buffer.
  [[nodiscard]] std::optional<Handle> handle(Slot slot, DeviceValue<uint32_t> length) const {
    const auto checked = length.between(shortest_frame, size_);
    if (!checked) return std::nullopt;
    return Handle{slot, *checked};
  }
  /// The same for a word whose low half is the length, if the rest of it is `flags`; `handle` stays
  /// as it was, and false is returned, if it is not. One comparison for both: other flags make the
  /// word a number far away from any that has these.
  template <uint64_t flags>
  [[nodiscard]] bool make_handle(Slot slot, DeviceValue<uint64_t> word, Handle& handle) const {
    static_assert((flags & 0xFFFF'FFFF) == 0);
    constexpr uint64_t shortest = flags | shortest_frame;
    uint64_t checked = 0;
    if (!word.between(shortest, shortest + lengths_, checked)) return false;
    handle.slot_ = slot;
    handle.length_ = static_cast<uint32_t>(checked);
    return true;
  }
  [[nodiscard]] std::span<std::byte> bytes(const Handle& handle) const {
    return {base_ + offset(handle.slot()), handle.length()};
  }
  /// A device may have written here; nothing in it is to be trusted.
  [[nodiscard]] std::span<std::byte, headroom> before(Slot slot) const {
    return std::span<std::byte, headroom>{base_ + offset(slot) - headroom, headroom};
  }
  /// Of a slot's first byte, from that of the pool's first buffer.
  [[nodiscard]] uint64_t offset(Slot slot) const { return uint64_t{value_of(slot)} * slot_unit; }
  /// The longest frame that fits, in bytes.
  [[nodiscard]] uint32_t size() const { return size_; }

 private:
  std::byte* base_;
  uint32_t size_;
  uint64_t lengths_;  ///< the longest frame's less the shortest's
};

}  // namespace bulkhead::queue

#pragma clang unsafe_buffer_usage end
