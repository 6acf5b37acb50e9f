// The configuration space of a function on QEMU's first PCI bus, and its BARs' places.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/units.hpp"

#include "tests/qtest/qemu.hpp"

namespace bulkhead::qtest {

/// What a BAR decodes, once assign_bars() has given it a place.
struct BarPlace {
  uint64_t address = 0;
  Bytes size;
  bool io_ports = false;
};

class Pci {
 public:
  Pci(Qemu& qemu, uint32_t slot) : qemu_(&qemu), slot_(slot) {}

  /// Aligned accesses of `size` bytes: 1, 2 or 4.
  Result<uint32_t> read(uint32_t offset, size_t size);
  Result<> write(uint32_t offset, size_t size, uint32_t value);

  /// Does what a machine's firmware does: gives each BAR a place and lets the function decode it.
  Result<std::array<BarPlace, 6>> assign_bars();
  /// The place of a capability in the configuration space, 0 if there is none (PCI 3.0, 6.7).
  Result<uint32_t> find_capability(uint8_t id);

 private:
  Result<> select(uint32_t offset);
  Result<uint32_t> size_mask(uint32_t offset);

  Qemu* qemu_;
  uint32_t slot_;
};

}  // namespace bulkhead::qtest
