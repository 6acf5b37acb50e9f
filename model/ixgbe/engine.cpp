#include "model/ixgbe/engine.hpp"

#include "bulkhead/base/bits.hpp"

#include "model/ixgbe/registers.hpp"

namespace bulkhead::model::ixgbe {

static constexpr uint32_t queue_enable = bit(25);       // RXDCTL and TXDCTL
static constexpr uint32_t length_bits = mask(19, 7);    // RDLEN and TDLEN: multiples of 128
static constexpr uint32_t base_low_bits = mask(31, 7);  // RDBAL and TDBAL: aligned to 128

bool is_enabled(const RegisterFile& registers, const Ring& ring) {
  return (registers.get(ring.registers + reg::control) & queue_enable) != 0;
}

bool locate_ring(Port& port, Ring& ring, DmaSpace::Access access) {
  const RegisterFile& registers = port.registers;
  if (!is_enabled(registers, ring)) return false;
  const uint32_t length = registers.get(ring.registers + reg::length) & length_bits;
  const uint64_t base =
      registers.get64(ring.registers + reg::base_low, ring.registers + reg::base_high) &
      ~static_cast<uint64_t>(~base_low_bits);
  if (length == 0) return false;
  ring.memory = port.dma.translate_across(base, length, access);
  if (ring.memory.empty()) {
    // An idle queue does not touch its ring.
    const uint32_t head = registers.get(ring.registers + reg::head);
    if (head != registers.get(ring.registers + reg::tail))
      port.trouble.dma_violation("ring of queue", ring.queue, base, length);
    return false;
  }
  ring.entries = length / descriptor_size;
  return true;
}

}  // namespace bulkhead::model::ixgbe
