// UNSAFE FILE: an atomic exchange of a naturally aligned word inside a byte span.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#pragma clang unsafe_buffer_usage begin

namespace bulkhead::qtest {

/// The word at `offset` (in bytes, a multiple of four; a trap outside of the span), replaced.
inline uint32_t exchange(std::span<std::byte> memory, size_t offset, uint32_t value) {
  std::byte* address = memory.subspan(offset, sizeof(uint32_t)).data();
  return __atomic_exchange_n(reinterpret_cast<uint32_t*>(address), value, __ATOMIC_ACQ_REL);
}

}  // namespace bulkhead::qtest

#pragma clang unsafe_buffer_usage end
