// Registers as types: one line a register, and mistakes with them do not compile.
//
//   using CTRL = Register<"CTRL", 0x00000, Access::read_write, "device control, 8.2.3.1.1">;
//   namespace ctrl { inline constexpr Field<CTRL, 26> RST; }
//
//   bar.write(ctrl::RST());                     // the bit, all others zero
//   bar.set(ctrl::RST());                       // read, set, write
//   bar.read<LINKS>().get(links::SPEED);
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bulkhead/base/bits.hpp"

namespace bulkhead::regs {

enum class Access : uint8_t {
  read_only,
  write_only,
  read_write,
  read_to_clear,     ///< reading resets it: statistics, interrupt causes
  write_1_to_clear,  ///< readable; a written 1 resets its bit
};

/// A string literal as a template argument.
template <size_t N>
struct Text {
  /// Implicit, so that a literal can stand in a template's argument list.
  consteval Text(const char (&literal)[N]) { std::ranges::copy(literal, characters.begin()); }
  [[nodiscard]] constexpr std::string_view view() const { return {characters.data(), N - 1}; }
  std::array<char, N> characters{};
};

/// How a register repeats: `count` times, `stride` bytes apart.
struct Each {
  uint32_t count;
  uint32_t stride = 4;
};

/// A 32-bit register of a BAR. `about` says what it is and where the datasheet describes it.
template <Text register_name, uint32_t register_offset, Access register_access, Text about_text,
          Each each = Each{1}>
struct Register {
  static constexpr std::string_view name = register_name.view();
  static constexpr std::string_view about = about_text.view();
  static constexpr uint32_t offset = register_offset;
  static constexpr Access access = register_access;
  static constexpr uint32_t count = each.count;
  static constexpr uint32_t stride = each.stride;
  static constexpr bool readable = access != Access::write_only;
  static constexpr bool writable = access != Access::read_only && access != Access::read_to_clear;
  /// The first byte behind the register, or behind its last repetition.
  static constexpr uint32_t end = offset + (count - 1) * stride + 4;
};

/// What a register R holds, or shall hold. Values of different registers do not mix.
template <class R>
class Value {
 public:
  constexpr Value() = default;
  constexpr explicit Value(uint32_t bits) : bits_(bits) {}
  [[nodiscard]] constexpr uint32_t bits() const { return bits_; }
  /// The number that a field of this register holds.
  template <class F>
    requires std::same_as<typename F::Owner, R>
  [[nodiscard]] constexpr uint32_t get(F /*field*/) const {
    return (bits_ & F::ones) >> F::lowest;
  }
  /// The same value with one field replaced.
  template <class F>
    requires std::same_as<typename F::Owner, R>
  [[nodiscard]] constexpr Value with(F field, uint32_t number) const {
    return Value{(bits_ & ~F::ones) | field(number).bits()};
  }
  /// True if all of these bits are set.
  [[nodiscard]] constexpr bool has(Value bits) const { return (bits_ & bits.bits_) == bits.bits_; }

  friend constexpr Value operator|(Value a, Value b) { return Value{a.bits_ | b.bits_}; }
  friend constexpr Value operator&(Value a, Value b) { return Value{a.bits_ & b.bits_}; }
  friend constexpr Value operator~(Value a) { return Value{~a.bits_}; }
  friend constexpr bool operator==(Value, Value) = default;

 private:
  uint32_t bits_ = 0;
};

/// Not constexpr: a number that does not fit its field does not compile where it is a constant, and
/// is a trap where it is not.
[[noreturn]] inline void number_does_not_fit_its_field() {
  __builtin_trap();
}

/// The bits [highest, lowest] of register R, both included, as datasheets write them.
template <class R, unsigned highest, unsigned lowest_bit = highest>
struct Field {
  using Owner = R;
  static_assert(lowest_bit <= highest && highest < 32);
  static constexpr unsigned lowest = lowest_bit;
  static constexpr uint32_t ones = mask(highest, lowest_bit);
  /// The register's value with this field set to `number` and zeros elsewhere.
  constexpr Value<R> operator()(uint32_t number) const {
    if (number > (ones >> lowest)) number_does_not_fit_its_field();
    return Value<R>{number << lowest};
  }
  /// A bit of its own, set.
  constexpr Value<R> operator()() const
    requires(highest == lowest_bit)
  {
    return Value<R>{ones};
  }
};

}  // namespace bulkhead::regs
