// Where memory lies in the machine: for devices that no IOMMU translates for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/mapping.hpp"
#include "bulkhead/base/units.hpp"

namespace bulkhead::memory {

/// A part of a region, in bytes from its start.
struct Extent {
  uint64_t offset;
  uint64_t length;
  friend bool operator==(const Extent&, const Extent&) = default;
};

/// Pages of a file in the order and at the distances of their physical addresses.
struct PhysicalLayout {
  uint64_t first;  ///< physical address of the first byte
  Bytes size;      ///< up to the last page's end
  std::vector<Mapping::Piece> pieces;
  std::vector<Extent> extents;  ///< what is backed, neighbours joined
};

/// The pages lie at most this far apart: what 32 bits of slots reach.
inline constexpr uint64_t largest_spread = uint64_t{1} << 35U;

/// `addresses[i]` is where the file's page i of 2 MiB lies. Errors: `no_memory` if they are spread
/// too far.
Result<PhysicalLayout> lay_out(std::span<const uint64_t> addresses);

/// Where each page of 2 MiB of populated memory lies. Errors: `permission` for anyone but root.
Result<std::vector<uint64_t>> physical_addresses(std::span<const std::byte> memory);

}  // namespace bulkhead::memory
