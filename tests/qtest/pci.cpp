#include "tests/qtest/pci.hpp"

#include <fmt/format.h>

namespace bulkhead::qtest {
namespace {

// PCI 3.0, 3.2.2.3.2: the two ports of the configuration mechanism.
constexpr uint32_t address_port = 0xCF8;
constexpr uint32_t data_port = 0xCFC;

constexpr uint32_t command = 0x04;
constexpr uint32_t first_bar = 0x10;
constexpr uint32_t first_capability = 0x34;

char port_width(size_t size) {
  return size == 1 ? 'b' : size == 2 ? 'w' : 'l';
}

}  // namespace

Result<> Pci::select(uint32_t offset) {
  const uint32_t address = 0x8000'0000U | slot_ << 11U | (offset & 0xFCU);
  BULKHEAD_TRY(qemu_->command(fmt::format("outl {:#x} {:#x}", address_port, address)));
  return {};
}

Result<uint32_t> Pci::read(uint32_t offset, size_t size) {
  BULKHEAD_TRY(select(offset));
  BULKHEAD_TRY_ASSIGN(const auto value, qemu_->command(fmt::format("in{} {:#x}", port_width(size),
                                                                   data_port + (offset & 3U))));
  return static_cast<uint32_t>(value);
}

Result<> Pci::write(uint32_t offset, size_t size, uint32_t value) {
  BULKHEAD_TRY(select(offset));
  BULKHEAD_TRY(qemu_->command(
      fmt::format("out{} {:#x} {:#x}", port_width(size), data_port + (offset & 3U), value)));
  return {};
}

// PCI 3.0, 6.2.5.1: all ones are written, and the bits that stay zero tell the size.
Result<uint32_t> Pci::size_mask(uint32_t offset) {
  BULKHEAD_TRY(write(offset, 4, ~0U));
  return read(offset, 4);
}

Result<std::array<BarPlace, 6>> Pci::assign_bars() {
  std::array<BarPlace, 6> places;
  uint64_t next_memory = 0xE000'0000;
  uint64_t next_port = 0xC000;
  for (uint32_t i = 0; i < places.size(); ++i) {
    const uint32_t offset = first_bar + 4 * i;
    BULKHEAD_TRY_ASSIGN(const uint32_t mask, size_mask(offset));
    if (mask == 0) continue;
    const bool io_ports = (mask & 1U) != 0;
    const bool wide = !io_ports && (mask & 0b110U) == 0b100U;
    const uint32_t size = ~(mask & (io_ports ? ~0b11U : ~0xFU)) + 1;
    const uint64_t length = io_ports ? size & 0xFFFFU : size;
    uint64_t& next = io_ports ? next_port : next_memory;
    next = (next + length - 1) / length * length;
    places.at(i) = {.address = next, .size = Bytes{length}, .io_ports = io_ports};
    BULKHEAD_TRY(write(offset, 4, static_cast<uint32_t>(next)));
    next += length;
    if (wide) {
      BULKHEAD_TRY(write(offset + 4, 4, 0));
      ++i;
    }
  }
  BULKHEAD_TRY(write(command, 2, 0b11));  // decodes ports and memory, does no DMA
  return places;
}

Result<uint32_t> Pci::find_capability(uint8_t id) {
  BULKHEAD_TRY_ASSIGN(uint32_t place, read(first_capability, 1));
  for (int i = 0; i < 48 && place != 0; ++i) {
    BULKHEAD_TRY_ASSIGN(const uint32_t header, read(place, 2));
    if ((header & 0xFFU) == id) return place;
    place = header >> 8U;
  }
  return 0U;
}

}  // namespace bulkhead::qtest
