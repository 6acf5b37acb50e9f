// PCIe devices are little-endian, networks are big-endian.
#pragma once

#include <bit>
#include <concepts>

namespace bulkhead {

template <std::unsigned_integral T>
constexpr T little_endian(T value) {
  if constexpr (std::endian::native == std::endian::little) return value;
  return std::byteswap(value);
}

template <std::unsigned_integral T>
constexpr T big_endian(T value) {
  if constexpr (std::endian::native == std::endian::big) return value;
  return std::byteswap(value);
}

}  // namespace bulkhead
