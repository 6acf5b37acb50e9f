// Ethernet's shortest frame on a wire whose other side does not pad.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace bulkhead::model {

/// Without CRC (IEEE 802.3, 3.2.8): the sender of a shorter one pads it.
inline constexpr size_t shortest_on_the_wire = 60;

/// Pads the frame of `size` bytes at the start of `buffer` with zeros; returns its new size.
inline size_t pad(std::span<std::byte> buffer, size_t size) {
  if (size >= shortest_on_the_wire) return size;
  std::ranges::fill(buffer.subspan(size, shortest_on_the_wire - size), std::byte{0});
  return shortest_on_the_wire;
}

}  // namespace bulkhead::model
