// Capabilities behind VFIO's descriptions of regions and IOMMUs, which the kernel and vfio-user
// servers lay out in the same way: a list that is linked by offsets from the description's start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bulkhead/base/error.hpp"

namespace bulkhead::bus {

/// Where a capability list begins.
struct CapabilityList {
  std::span<const std::byte> description;  ///< all of it, capabilities included
  size_t fixed_size;                       ///< of what comes before the first capability
  uint32_t first;                          ///< offset of the first capability, 0 if there is none
};

/// What follows the header of capability `id`, up to the description's end; none if the list has no
/// such capability. Errors: `protocol` for one outside of the description, of another version than
/// 1, or twice there, and for a list that does not end.
Result<std::optional<std::span<const std::byte>>> find_capability(const CapabilityList& list,
                                                                  uint16_t id);

/// A part of a region.
struct Area {
  uint64_t offset;
  uint64_t size;
};

inline constexpr uint64_t page_size = 4096;

/// The parts of a region that can be mapped: all its whole pages, unless a capability names some.
/// Sorted, page-aligned, inside of the region, not touching. Errors: `protocol`.
Result<std::vector<Area>> mappable_areas(const CapabilityList& list, uint64_t region_size);

/// The pages that hold [offset, offset + length). Errors: `invalid_argument` outside of the region,
/// `unsupported` where it cannot be mapped.
Result<Area> pages_to_map(std::span<const Area> mappable, uint64_t region_size, uint64_t offset,
                          uint64_t length);

}  // namespace bulkhead::bus
