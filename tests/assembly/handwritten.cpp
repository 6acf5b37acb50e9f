// UNSAFE FILE: the accesses as one writes them by hand, to compare the typed ones with.
#include "tests/assembly/registers.hpp"

#pragma clang unsafe_buffer_usage begin

namespace {
volatile uint32_t& at(std::byte* bar, size_t offset) {
  return *reinterpret_cast<volatile uint32_t*>(bar + offset);
}
}  // namespace

uint32_t read_status(std::byte* bar) {
  return at(bar, 0x08);
}
void write_tail(std::byte* bar, uint32_t value) {
  at(bar, 0x1018 + 3 * 0x40) = value;
}
void set_bit(std::byte* bar) {
  at(bar, 0) = at(bar, 0) | 0x0400'0000U;
}
void clear_bit(std::byte* bar) {
  at(bar, 0) = at(bar, 0) & ~0x0400'0000U;
}
void write_field(std::byte* bar) {
  at(bar, 0) = 0x0400'0500U;
}
uint32_t read_field(std::byte* bar) {
  return (at(bar, 0) >> 8U) & 0xFU;
}
void write_two(std::byte* bar, uint32_t a, uint32_t b) {
  at(bar, 0x1018) = a;
  at(bar, 0x1058) = b;
}

#pragma clang unsafe_buffer_usage end
