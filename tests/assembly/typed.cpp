// UNSAFE FILE: the typed accesses on a bare pointer, as the hand-written ones take it.
#include "bulkhead/regs/window.hpp"

#include "tests/assembly/registers.hpp"

#pragma clang unsafe_buffer_usage begin

using namespace bulkhead::regs;

namespace {
using CTRL = Register<"CTRL", 0x00, Access::read_write, "1.1">;
using STATUS = Register<"STATUS", 0x08, Access::read_only, "1.2">;
using TAIL = Register<"TAIL", 0x1018, Access::read_write, "1.3", Each{64, 0x40}>;
constexpr Field<CTRL, 26> RESET;
constexpr Field<CTRL, 11, 8> MODE;

Window<0x2000> window(std::byte* bar) {
  return Window<0x2000>{std::span<std::byte, 0x2000>{bar, 0x2000}};
}
}  // namespace

uint32_t read_status(std::byte* bar) {
  return window(bar).read<STATUS>().bits();
}
void write_tail(std::byte* bar, uint32_t value) {
  window(bar).write(3, Value<TAIL>{value});
}
void set_bit(std::byte* bar) {
  window(bar).set(RESET());
}
void clear_bit(std::byte* bar) {
  window(bar).clear(RESET());
}
void write_field(std::byte* bar) {
  window(bar).write(MODE(5) | RESET());
}
uint32_t read_field(std::byte* bar) {
  return window(bar).read<CTRL>().get(MODE);
}
void write_two(std::byte* bar, uint32_t a, uint32_t b) {
  auto registers = window(bar);
  registers.write(0, Value<TAIL>{a});
  registers.write(1, Value<TAIL>{b});
}

#pragma clang unsafe_buffer_usage end
