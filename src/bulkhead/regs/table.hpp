// A register table that is checked while it compiles.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "bulkhead/regs/register.hpp"

namespace bulkhead::regs {

/// One line of a register table, for people and tests.
struct Row {
  std::string_view name;
  uint32_t offset;
  uint32_t count;
  uint32_t stride;
  Access access;
  std::string_view about;
};

// None of these is constexpr: the compiler's message names the one that a table's check reached,
// and the register that it was given.
[[noreturn]] inline void register_is_not_aligned(std::string_view) {
  __builtin_trap();
}
[[noreturn]] inline void register_lies_outside_of_its_bar(std::string_view) {
  __builtin_trap();
}
[[noreturn]] inline void register_overlaps_another(std::string_view) {
  __builtin_trap();
}
[[noreturn]] inline void register_has_no_section(std::string_view) {
  __builtin_trap();
}

/// The registers of a BAR of `size` bytes. It does not compile if a register is not aligned to its
/// width, lies outside of the BAR, overlaps another, or names no section of the datasheet.
template <uint32_t size, class... R>
class Table {
 public:
  static constexpr std::array<Row, sizeof...(R)> rows{
      Row{R::name, R::offset, R::count, R::stride, R::access, R::about}...};

 private:
  static consteval bool check() {
    std::array<uint64_t, (size / 4 + 63) / 64> taken{};
    for (const Row& row : rows) {
      if (row.about.find('.') == std::string_view::npos) register_has_no_section(row.name);
      for (uint32_t i = 0; i < row.count; ++i) {
        const uint32_t offset = row.offset + i * row.stride;
        if (offset % 4 != 0) register_is_not_aligned(row.name);
        if (offset > size - 4) register_lies_outside_of_its_bar(row.name);
        const uint32_t word = offset / 4;
        const uint64_t here = uint64_t{1} << (word % 64);
        if ((taken[word / 64] & here) != 0) register_overlaps_another(row.name);
        taken[word / 64] |= here;
      }
    }
    return true;
  }
  static_assert(check());
};

}  // namespace bulkhead::regs
