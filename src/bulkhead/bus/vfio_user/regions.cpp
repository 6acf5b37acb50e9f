#include "bulkhead/bus/vfio_user/regions.hpp"

#include <span>
#include <utility>

#include <fmt/format.h>

#include "bulkhead/base/bytes.hpp"

namespace bulkhead::vfio_user {
namespace {

// More than any processor can address.
constexpr uint64_t largest_region = uint64_t{1} << 52U;
constexpr uint64_t largest_file_offset = uint64_t{1} << 62U;

std::unexpected<Error> broken(std::string_view what) {
  return fail(ErrorCode::protocol, std::string{what});
}

}  // namespace

Result<uint32_t> needed_argsz(const Message& reply) {
  if (reply.payload.size() < sizeof(RegionInfo)) return broken("the reply is too short");
  const auto argsz = from_bytes<RegionInfo>(reply.payload).argsz;
  constexpr uint32_t largest = 64U << 10U;
  if (argsz < sizeof(RegionInfo) || argsz > largest)
    return broken(fmt::format("a region's description cannot have {} bytes", argsz));
  return argsz;
}

Result<RegionDescription> parse_region(Message reply, uint32_t index) {
  BULKHEAD_TRY_ASSIGN(const auto argsz, needed_argsz(reply));
  if (reply.payload.size() < argsz)
    return broken(fmt::format("the reply has {} bytes of {}", reply.payload.size(), argsz));
  const auto info = from_bytes<RegionInfo>(reply.payload);
  if (info.index != index) return broken(fmt::format("the reply is about region {}", info.index));
  if (info.size > largest_region)
    return broken(fmt::format("a region cannot have {:#x} bytes", info.size));
  if (reply.fds.size() > 1) return broken("a region comes with more than one file");

  RegionDescription region{.size = info.size,
                           .flags = info.flags,
                           .file_offset = info.offset,
                           .mappable = {},
                           .file = {}};
  if ((info.flags & region_flag_mmap) == 0 || reply.fds.empty()) return region;
  if (info.offset % bus::page_size != 0 || info.offset > largest_file_offset)
    return broken(fmt::format("a region cannot be mapped from {:#x} of a file", info.offset));
  region.file = std::move(reply.fds.front());
  const bool has_capabilities = (info.flags & region_flag_caps) != 0;
  const bus::CapabilityList list{.description = std::span{reply.payload}.first(argsz),
                                 .fixed_size = sizeof(RegionInfo),
                                 .first = has_capabilities ? info.cap_offset : 0};
  BULKHEAD_TRY_ASSIGN(region.mappable, bus::mappable_areas(list, info.size));
  return region;
}

Result<Mapping> map_pages(const RegionDescription& region, uint64_t offset, uint64_t length) {
  BULKHEAD_TRY_ASSIGN(const auto pages,
                      bus::pages_to_map(region.mappable, region.size, offset, length));
  const uint64_t from = region.file_offset + pages.offset;
  BULKHEAD_TRY(check_sealed_memory(region.file.get(), from, Bytes{pages.size}));
  return Mapping::map(region.file.get(), from, Bytes{pages.size});
}

Result<bus::BarFile> file_of_pages(const RegionDescription& region, uint64_t offset,
                                   uint64_t length) {
  BULKHEAD_TRY_ASSIGN(const auto pages,
                      bus::pages_to_map(region.mappable, region.size, offset, length));
  const uint64_t from = region.file_offset + pages.offset;
  BULKHEAD_TRY(check_sealed_memory(region.file.get(), from, Bytes{pages.size}));
  BULKHEAD_TRY_ASSIGN(auto fd, duplicate(region.file.get()));
  return bus::BarFile{.fd = std::move(fd),
                      .file_offset = from,
                      .length = Bytes{pages.size},
                      .offset = Bytes{pages.offset}};
}

}  // namespace bulkhead::vfio_user
