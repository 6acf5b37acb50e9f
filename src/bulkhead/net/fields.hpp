// Numbers in the headers of frames, which networks send with the highest byte first.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>

#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/bytes.hpp"

namespace bulkhead::net {

/// The number at `at`, which must lie in `bytes` (a trap otherwise).
template <std::unsigned_integral T>
[[nodiscard]] T field(std::span<const std::byte> bytes, size_t at) {
  return big_endian(from_bytes<T>(bytes.subspan(at)));
}

template <std::unsigned_integral T>
void set_field(std::span<std::byte> bytes, size_t at, T value) {
  std::ranges::copy(to_bytes(big_endian(value)), bytes.subspan(at, sizeof(T)).begin());
}

}  // namespace bulkhead::net
