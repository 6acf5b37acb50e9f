// Two queue registers and two control registers, for both spellings of the same accesses.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {
uint32_t read_status(std::byte* bar);
void write_tail(std::byte* bar, uint32_t value);
void set_bit(std::byte* bar);
void clear_bit(std::byte* bar);
void write_field(std::byte* bar);
uint32_t read_field(std::byte* bar);
void write_two(std::byte* bar, uint32_t a, uint32_t b);
}
