// Plain structures in and out of byte buffers, without casts.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

namespace bulkhead {

/// A copy of the T at the start of `bytes`, which must hold one (a shorter span is a trap).
template <class T>
  requires std::is_trivially_copyable_v<T>
[[nodiscard]] T from_bytes(std::span<const std::byte> bytes) {
  std::array<std::byte, sizeof(T)> copy;
  std::ranges::copy(bytes.first(sizeof(T)), copy.begin());
  return std::bit_cast<T>(copy);
}

template <class T>
  requires std::is_trivially_copyable_v<T>
[[nodiscard]] std::array<std::byte, sizeof(T)> to_bytes(const T& value) {
  return std::bit_cast<std::array<std::byte, sizeof(T)>>(value);
}

/// Appends a T's bytes to a buffer.
template <class T>
  requires std::is_trivially_copyable_v<T>
void append(std::vector<std::byte>& buffer, const T& value) {
  const auto bytes = to_bytes(value);
  buffer.insert(buffer.end(), bytes.begin(), bytes.end());
}

}  // namespace bulkhead
