// What the server says about a region: its size, and which parts of which file it is mapped from.
#pragma once

#include <cstdint>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/mapping.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/capabilities.hpp"
#include "bulkhead/bus/function.hpp"
#include "bulkhead/bus/vfio_user/channel.hpp"
#include "bulkhead/bus/vfio_user/protocol.hpp"

namespace bulkhead::vfio_user {

struct RegionDescription {
  uint64_t size = 0;
  uint32_t flags = 0;
  uint64_t file_offset = 0;
  std::vector<bus::Area> mappable;
  OwnedFd file;
};

/// The argsz that a complete description needs: what the reply says it is. Errors: `protocol`.
Result<uint32_t> needed_argsz(const Message& reply);

/// Checks a complete DEVICE_GET_REGION_INFO reply for region `index`, and takes its descriptor.
/// Errors: `protocol`, for areas outside of the region, capabilities outside of the reply, lists
/// that do not end, impossible sizes.
Result<RegionDescription> parse_region(Message reply, uint32_t index);

/// Maps the pages of a region that hold [offset, offset + length). Errors: `invalid_argument`
/// outside of the region, `unsupported` where it cannot be mapped, `permission` if the file is not
/// sealed.
Result<Mapping> map_pages(const RegionDescription& region, uint64_t offset, uint64_t length);

/// The same for another process to map. Errors: the same, and no descriptor left.
Result<bus::BarFile> file_of_pages(const RegionDescription& region, uint64_t offset,
                                   uint64_t length);

}  // namespace bulkhead::vfio_user
