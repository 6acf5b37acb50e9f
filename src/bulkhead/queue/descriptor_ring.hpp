// UNSAFE FILE: makes descriptors of the memory of a ring that the device shares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/index.hpp"

#pragma clang unsafe_buffer_usage begin

namespace bulkhead::queue {

/// Two 64-bit words that the device reads and writes. Every word is read or written by one access,
/// so that it cannot change between check and use.
class alignas(16) Descriptor {
 public:
  /// The word that says whether the device is done with a descriptor. Acquire: what the device
  /// wrote before it (the frame, a descriptor's other word) is seen by what follows. Its writes
  /// come in its own order (PCIe 2.4.1: none passes another), so all that is to be kept is ours: on
  /// ARM64 by a load-acquire, `ldar`, which no later access of this processor passes.
  [[nodiscard]] uint64_t load_high() const {
    return little_endian(__atomic_load_n(&high_, __ATOMIC_ACQUIRE));
  }
  /// Plain stores: the device looks at the descriptor only after the doorbell, which is a release.
  void store(uint64_t low, uint64_t high) {
    __atomic_store_n(&low_, little_endian(low), __ATOMIC_RELAXED);
    __atomic_store_n(&high_, little_endian(high), __ATOMIC_RELAXED);
  }
  /// Replaces the second word before the doorbell.
  void store_high(uint64_t high) {
    __atomic_store_n(&high_, little_endian(high), __ATOMIC_RELAXED);
  }

 private:
  uint64_t low_;
  uint64_t high_;
};
static_assert(sizeof(Descriptor) == 16);

/// N descriptors in memory that the device reads and writes.
template <uint32_t N>
class DescriptorRing {
 public:
  static constexpr size_t size_in_bytes = size_t{N} * sizeof(Descriptor);

  /// `memory` is aligned to 16 bytes (a trap otherwise) and outlives the ring.
  explicit DescriptorRing(std::span<std::byte, size_in_bytes> memory)
      : descriptors_(reinterpret_cast<Descriptor*>(memory.data()), N) {
    if (reinterpret_cast<uintptr_t>(memory.data()) % alignof(Descriptor) != 0) __builtin_trap();
  }

  [[nodiscard]] Descriptor& operator[](Index<N> position) const {
    return descriptors_[position.value()];
  }
  /// Some that follow each other: a trap if they reach beyond the ring's end.
  [[nodiscard]] std::span<Descriptor> row(Index<N> first, uint32_t count) const {
    return descriptors_.subspan(first.value()).first(count);
  }

 private:
  std::span<Descriptor, N> descriptors_;
};

}  // namespace bulkhead::queue

#pragma clang unsafe_buffer_usage end
