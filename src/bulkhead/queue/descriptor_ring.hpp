// UNSAFE FILE: loads and stores 16-byte descriptors of a ring that the device shares, at masked
// positions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/index.hpp"

#pragma clang unsafe_buffer_usage begin

namespace bulkhead::queue {

/// N descriptors of two 64-bit words each, in memory that the device reads and writes. Every word
/// is read or written by one access, so that it cannot change between check and use.
template <uint32_t N>
class DescriptorRing {
 public:
  static constexpr size_t size_in_bytes = size_t{N} * 16;

  /// `memory` is aligned to 16 bytes (a trap otherwise) and outlives the ring.
  explicit DescriptorRing(std::span<std::byte, size_in_bytes> memory)
      : words_(reinterpret_cast<uint64_t*>(memory.data())) {
    if (reinterpret_cast<uintptr_t>(memory.data()) % 16 != 0) __builtin_trap();
  }

  /// The word that says whether the device is done with a descriptor. Acquire: what the device
  /// wrote before it (the frame, a descriptor's other word) is seen by what follows.
  [[nodiscard]] uint64_t load_high(Index<N> position) const {
    return little_endian(
        __atomic_load_n(words_ + size_t{position.value()} * 2 + 1, __ATOMIC_ACQUIRE));
  }
  /// Plain stores: the device looks at the descriptor only after the doorbell, which is a release.
  void store(Index<N> position, uint64_t low, uint64_t high) {
    uint64_t* descriptor = words_ + size_t{position.value()} * 2;
    __atomic_store_n(descriptor, little_endian(low), __ATOMIC_RELAXED);
    __atomic_store_n(descriptor + 1, little_endian(high), __ATOMIC_RELAXED);
  }
  /// Replaces a descriptor's second word before the doorbell.
  void store_high(Index<N> position, uint64_t high) {
    __atomic_store_n(words_ + size_t{position.value()} * 2 + 1, little_endian(high),
                     __ATOMIC_RELAXED);
  }

 private:
  uint64_t* words_;
};

}  // namespace bulkhead::queue

#pragma clang unsafe_buffer_usage end
