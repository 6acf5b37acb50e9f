// UNSAFE FILE: turns a slot's number and a checked length into a span of the pool's memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bulkhead/base/units.hpp"

#pragma clang unsafe_buffer_usage begin

namespace bulkhead::queue {

/// A frame in a pool: 8 bytes, and all there is to know about it. Made by Pool alone, which has
/// checked that `slot` exists and that `length` fits a buffer.
class Handle {
 public:
  constexpr Handle() = default;
  [[nodiscard]] constexpr Slot slot() const { return slot_; }
  [[nodiscard]] constexpr uint32_t length() const { return length_; }

 private:
  friend class Pool;
  constexpr Handle(Slot slot, uint32_t length) : slot_(slot), length_(length) {}
  Slot slot_{};
  uint32_t length_ = 0;
};
static_assert(sizeof(Handle) == 8);

/// Where a pool's buffers lie: linear in the slot, in this process and as a device sees them.
class Buffers {
 public:
  Buffers() = default;
  /// `memory` holds `count` buffers, `stride` bytes apart (a trap otherwise).
  Buffers(std::span<std::byte> memory, uint32_t count, uint32_t stride)
      : base_(memory.first(size_t{count} * stride).data()), stride_(stride) {}

  [[nodiscard]] std::span<std::byte> bytes(Handle handle) const {
    return {base_ + offset(handle.slot()), handle.length()};
  }
  /// Of a slot's first byte, from the pool's first byte.
  [[nodiscard]] uint64_t offset(Slot slot) const { return uint64_t{value_of(slot)} * stride_; }

 private:
  std::byte* base_ = nullptr;
  uint64_t stride_ = 0;
};

}  // namespace bulkhead::queue

#pragma clang unsafe_buffer_usage end
