// The PCI capabilities of a virtio device, as its configuration space shows them.
#pragma once

#include <cstdint>
#include <span>

#include "bulkhead/bus/function.hpp"

namespace bulkhead::virtio {

inline constexpr uint64_t first_capability = 0x40;

struct Structure {
  uint64_t kind;
  bus::RegionId bar;
  uint64_t offset;
  uint64_t length;
};

/// The words at `offset` of a configuration space with a capability of 20 bytes for each structure;
/// the last one points to `after_last`.
inline uint64_t read_capabilities_of(std::span<const Structure> structures, uint64_t offset,
                                     uint64_t after_last, uint32_t notify_multiplier) {
  constexpr uint64_t size = 20;
  if (offset == 0x06) return 0x10;  // there are capabilities
  if (offset == 0x34) return first_capability;
  if (offset < first_capability) return 0;
  const uint64_t number = (offset - first_capability) / size;
  if (number >= structures.size()) return 0;
  const auto& structure = structures[number];
  const bool is_last = number + 1 == structures.size();
  const uint64_t next = is_last ? after_last : first_capability + (number + 1) * size;
  switch ((offset - first_capability) % size) {
    case 0:
      return 0x09 | next << 8U | size << 16U | structure.kind << 24U;
    case 4:
      return static_cast<uint64_t>(structure.bar);
    case 8:
      return structure.offset;
    case 12:
      return structure.length;
    default:
      return notify_multiplier;
  }
}

}  // namespace bulkhead::virtio
