// Asking for cache lines ahead of time: what the client last touched lies in another core's cache,
// and a fetch takes longer than a small frame's handling.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "model/dma_space.hpp"
#include "model/ixgbe/engine.hpp"

namespace bulkhead::model::ixgbe {

/// How many descriptors ahead a frame's first line is asked for.
inline constexpr uint32_t prefetch_distance = 8;

/// The lines of the `count` descriptors from `position` on.
inline void prefetch_descriptors(const Ring& ring, uint32_t position, uint32_t count) {
  constexpr uint32_t descriptors_per_line = 4;
  for (uint32_t i = 0; i < std::min(count, turn_budget); i += descriptors_per_line) {
    const uint32_t at = ring.ahead(position, i);
    __builtin_prefetch(ring.memory.subspan(size_t{at} * descriptor_size).data());
  }
}

/// The first line of a buffer, if it is the client's.
inline void prefetch_buffer(DmaSpace& dma, uint64_t address, DmaSpace::Access access) {
  const auto memory = dma.translate(address, 1, access);
  if (memory.empty()) return;
  if (access == DmaSpace::Access::write) {
    __builtin_prefetch(memory.data(), 1);
  } else {
    __builtin_prefetch(memory.data());
  }
}

}  // namespace bulkhead::model::ixgbe
