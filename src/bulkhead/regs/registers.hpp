// Typed access to a BAR's registers, on top of anything that can load and store 32-bit words.
#pragma once

#include <concepts>
#include <cstdint>

#include "bulkhead/regs/register.hpp"

namespace bulkhead::regs {

/// Not constexpr, so that a constant index beyond the register's count does not compile.
[[noreturn]] inline void no_such_repetition() {
  __builtin_trap();
}

/// Read, write, set and clear for a `Words` that has `uint32_t load(uint32_t offset)` and
/// `void store(uint32_t offset, uint32_t value)`. A register that does not lie in `size` bytes,
/// that cannot be read, or that cannot be written does not compile. An index at or above the
/// register's count is a trap.
template <class Words, uint32_t size>
class Registers {
 public:
  template <class R>
    requires R::readable
  Value<R> read(uint32_t index = 0) {
    return Value<R>{words().load(place_of<R>(index))};
  }

  template <class R>
    requires R::writable
  void write(uint32_t index, Value<R> value) {
    words().store(place_of<R>(index), value.bits());
  }

  template <class R>
  void write(Value<R> value) {
    static_assert(R::count == 1, "a repeated register is written by index");
    write(0, value);
  }

  /// Reads the register and writes it back with these bits set, or cleared.
  template <class R>
  void set(uint32_t index, Value<R> bits) {
    write(index, read<R>(index) | bits);
  }
  template <class R>
  void clear(uint32_t index, Value<R> bits) {
    write(index, read<R>(index) & ~bits);
  }
  template <class R>
  void set(Value<R> bits) {
    static_assert(R::count == 1, "a repeated register is written by index");
    set(0, bits);
  }
  template <class R>
  void clear(Value<R> bits) {
    static_assert(R::count == 1, "a repeated register is written by index");
    clear(0, bits);
  }

 protected:
  Registers() = default;
  ~Registers() = default;
  Registers(const Registers&) = default;
  Registers& operator=(const Registers&) = default;

 private:
  template <class R>
  static constexpr uint32_t place_of(uint32_t index) {
    static_assert(R::end <= size, "the register lies outside of its BAR");
    if (index >= R::count) no_such_repetition();
    return R::offset + index * R::stride;
  }
  Words& words() { return static_cast<Words&>(*this); }
};

}  // namespace bulkhead::regs
