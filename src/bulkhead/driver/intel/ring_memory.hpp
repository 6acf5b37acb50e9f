// Where the descriptor rings and the head words lie in the memory that they share.
#pragma once

#include <cstddef>
#include <span>

#include "bulkhead/base/units.hpp"
#include "bulkhead/driver/intel/rx_queue.hpp"
#include "bulkhead/memory/region.hpp"

namespace bulkhead::intel {

/// For each queue pair its rx ring, its tx ring, and a cache line whose first word is the tx head,
/// where a device writes one back. Rings are aligned to 128 bytes, as the strictest family wants
/// them (82599: 8.2.3.8.1, 8.2.3.9.5).
class RingMemory {
 public:
  static constexpr size_t ring_bytes = queue::DescriptorRing<ring_size>::size_in_bytes;
  static constexpr size_t line = 128;
  static constexpr size_t pair_bytes = 2 * ring_bytes + line;
  static_assert(ring_bytes % line == 0);

  static constexpr Bytes size(size_t queues) { return Bytes{pair_bytes} * queues; }
  static constexpr Bytes rx(size_t queue) { return Bytes{queue * pair_bytes}; }
  static constexpr Bytes tx(size_t queue) { return rx(queue) + Bytes{ring_bytes}; }
  static constexpr Bytes head(size_t queue) { return rx(queue) + Bytes{2 * ring_bytes}; }

  template <size_t bytes>
  static std::span<std::byte, bytes> at(const memory::Region& region, Bytes offset) {
    return region.bytes().subspan(offset.value()).first<bytes>();
  }
};

}  // namespace bulkhead::intel
