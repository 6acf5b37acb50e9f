// Bit positions and masks, as datasheets name them.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>

namespace bulkhead {

constexpr uint32_t bit(unsigned position) {
  return uint32_t{1} << position;
}
constexpr uint64_t bit64(unsigned position) {
  return uint64_t{1} << position;
}

/// Ones in [low, high], both included, as datasheets write bit ranges.
constexpr uint32_t mask(unsigned high, unsigned low) {
  return (std::numeric_limits<uint32_t>::max() >> (31U - high + low)) << low;
}

}  // namespace bulkhead
