// UNSAFE FILE: libFuzzer hands its input over as a pointer and a length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#pragma clang unsafe_buffer_usage begin

namespace bulkhead::fuzz {

inline std::span<const std::byte> input(const uint8_t* data, size_t size) {
  return std::as_bytes(std::span{data, size});
}

}  // namespace bulkhead::fuzz

#pragma clang unsafe_buffer_usage end
