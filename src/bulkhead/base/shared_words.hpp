// UNSAFE FILE: reads and writes naturally aligned words inside byte spans that another process
// shares.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <span>

#include "bulkhead/base/byte_order.hpp"

#pragma clang unsafe_buffer_usage begin

/// Words in shared memory, little-endian as PCIe devices see them. Each call is one access, so a
/// value cannot change between its check and its use once it was loaded. `offset` is in bytes and a
/// multiple of the word's size; a word that is not inside the span is a hardening trap.
namespace bulkhead::shared {

/// Later accesses to memory stay behind this load: what the other side wrote before it published
/// the word is seen.
template <std::unsigned_integral T>
[[nodiscard]] inline T load_acquire(std::span<const std::byte> memory, size_t offset) {
  const std::byte* address = memory.subspan(offset, sizeof(T)).data();
  return little_endian(__atomic_load_n(reinterpret_cast<const T*>(address), __ATOMIC_ACQUIRE));
}

template <std::unsigned_integral T>
[[nodiscard]] inline T load_relaxed(std::span<const std::byte> memory, size_t offset) {
  const std::byte* address = memory.subspan(offset, sizeof(T)).data();
  return little_endian(__atomic_load_n(reinterpret_cast<const T*>(address), __ATOMIC_RELAXED));
}

/// Earlier accesses to memory stay before this store: it publishes them.
template <std::unsigned_integral T>
inline void store_release(std::span<std::byte> memory, size_t offset, T value) {
  std::byte* address = memory.subspan(offset, sizeof(T)).data();
  __atomic_store_n(reinterpret_cast<T*>(address), little_endian(value), __ATOMIC_RELEASE);
}

template <std::unsigned_integral T>
inline void store_relaxed(std::span<std::byte> memory, size_t offset, T value) {
  std::byte* address = memory.subspan(offset, sizeof(T)).data();
  __atomic_store_n(reinterpret_cast<T*>(address), little_endian(value), __ATOMIC_RELAXED);
}

}  // namespace bulkhead::shared

#pragma clang unsafe_buffer_usage end
