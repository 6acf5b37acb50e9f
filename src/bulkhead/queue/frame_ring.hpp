// UNSAFE FILE: makes frames' buffers of the memory that devices share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "bulkhead/base/index.hpp"

#pragma clang unsafe_buffer_usage begin

namespace bulkhead::queue {

/// N buffers, one for each position of a ring.
template <uint32_t N>
class FrameRing {
 public:
  static constexpr uint32_t longest_frame = 2048;
  /// With a line behind it, so that the first lines of frames do not share the L1 cache's sets.
  struct alignas(64) Buffer {
    std::array<std::byte, longest_frame> bytes;
    std::array<std::byte, 64> gap;
  };
  static constexpr size_t size_in_bytes = N * sizeof(Buffer);

  /// `memory` is aligned to 64 bytes (a trap otherwise) and outlives the ring.
  explicit FrameRing(std::span<std::byte, size_in_bytes> memory)
      : buffers_(reinterpret_cast<Buffer*>(memory.data()), N) {
    if (reinterpret_cast<uintptr_t>(memory.data()) % alignof(Buffer) != 0) __builtin_trap();
  }

  /// Some that follow each other: a trap if they reach beyond the ring's end.
  [[nodiscard]] std::span<Buffer> row(Index<N> first, uint32_t count) const {
    return buffers_.subspan(first.value()).first(count);
  }
  /// Where a position's buffer lies, from the first one.
  [[nodiscard]] static constexpr uint64_t offset(Index<N> position) {
    return uint64_t{position.value()} * sizeof(Buffer);
  }

 private:
  std::span<Buffer, N> buffers_;
};

}  // namespace bulkhead::queue

#pragma clang unsafe_buffer_usage end
