// UNSAFE FILE: volatile accesses to a BAR's mapped words, at offsets that were checked when
// compiled.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/device_fence.hpp"
#include "bulkhead/regs/registers.hpp"

#pragma clang unsafe_buffer_usage begin

namespace bulkhead::regs {

/// A BAR, or its first `size` bytes, mapped into memory. Accesses compile to the same instructions
/// as hand-written volatile ones.
template <uint32_t size>
class Window : public Registers<Window<size>, size> {
 public:
  explicit Window(std::span<std::byte, size> bytes) : base_(bytes.data()) {}

  /// One 32-bit MMIO access; `offset` comes from a register whose place was checked against `size`.
  [[nodiscard]] uint32_t load(uint32_t offset) const {
    return little_endian(*reinterpret_cast<const volatile uint32_t*>(base_ + offset));
  }
  void store(uint32_t offset, uint32_t value) {
    *reinterpret_cast<volatile uint32_t*>(base_ + offset) = little_endian(value);
  }

 private:
  std::byte* base_;
};

/// One write-only register that a data path rings: a queue's tail. The device sees what was loaded
/// and stored before as done before it.
template <std::unsigned_integral T>
class BasicDoorbell {
 public:
  /// `offset` in bytes, a multiple of the register's width, inside `page` (a trap otherwise).
  BasicDoorbell(std::span<std::byte> page, size_t offset)
      : word_(reinterpret_cast<T*>(page.subspan(offset, sizeof(T)).data())) {}
  void ring(T value) const {
    fence_before_release();
    __atomic_store_n(word_, little_endian(value), __ATOMIC_RELEASE);
  }

 private:
  T* word_;
};
using Doorbell = BasicDoorbell<uint32_t>;
using Doorbell16 = BasicDoorbell<uint16_t>;

}  // namespace bulkhead::regs

#pragma clang unsafe_buffer_usage end
