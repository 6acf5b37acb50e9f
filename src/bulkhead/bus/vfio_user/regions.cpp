#include "bulkhead/bus/vfio_user/regions.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "bulkhead/base/bytes.hpp"

namespace bulkhead::vfio_user {
namespace {

// More than any processor can address.
constexpr uint64_t largest_region = uint64_t{1} << 52U;
constexpr uint64_t largest_file_offset = uint64_t{1} << 62U;
// A region has one or two capabilities; a list that is longer than this is a loop.
constexpr int longest_list = 16;

using Areas = std::vector<SparseArea>;

std::unexpected<Error> broken(std::string_view what) {
  return fail(ErrorCode::protocol, std::string{what});
}

bool inside(uint64_t offset, uint64_t length, uint64_t size) {
  return offset <= size && length <= size - offset;
}

Result<Areas> parse_areas(std::span<const std::byte> bytes, uint64_t region_size) {
  if (bytes.size() < sizeof(SparseMmap)) return broken("a sparse mmap capability is cut off");
  const auto count = from_bytes<SparseMmap>(bytes).nr_areas;
  bytes = bytes.subspan(sizeof(SparseMmap));
  if (count > bytes.size() / sizeof(SparseArea))
    return broken(
        fmt::format("a sparse mmap capability claims {} areas, more than it holds", count));
  Areas areas;
  for (uint32_t i = 0; i < count; ++i) {
    const auto area = from_bytes<SparseArea>(bytes.subspan(i * sizeof(SparseArea)));
    if (area.size == 0 || area.size % page_size != 0 || area.offset % page_size != 0 ||
        !inside(area.offset, area.size, region_size))
      return broken(fmt::format("{:#x} bytes at {:#x} are no pages of a region of {:#x} bytes",
                                area.size, area.offset, region_size));
    areas.push_back(area);
  }
  return areas;
}

// The sparse areas, or none if there is no such capability.
Result<std::optional<Areas>> walk_capabilities(std::span<const std::byte> bytes, uint64_t offset,
                                               uint64_t region_size) {
  std::optional<Areas> areas;
  for (int i = 0; i < longest_list; ++i) {
    if (offset == 0) return areas;
    if (offset < sizeof(RegionInfo) || !inside(offset, sizeof(CapabilityHeader), bytes.size()))
      return broken(fmt::format("a capability at {:#x} is not inside of the reply", offset));
    const auto capability = from_bytes<CapabilityHeader>(bytes.subspan(offset));
    if (capability.id == capability_sparse_mmap) {
      if (areas || capability.version != 1)
        return broken("a second sparse mmap capability, or one of an unknown version");
      BULKHEAD_TRY_ASSIGN(
          areas, parse_areas(bytes.subspan(offset + sizeof(CapabilityHeader)), region_size));
    }
    offset = capability.next;
  }
  return broken("the capability list does not end");
}

Areas merged(Areas areas) {
  std::ranges::sort(areas, {}, &SparseArea::offset);
  Areas result;
  for (const auto& area : areas) {
    if (result.empty() || result.back().offset + result.back().size < area.offset) {
      result.push_back(area);
      continue;
    }
    auto& last = result.back();
    last.size = std::max(last.size, area.offset + area.size - last.offset);
  }
  return result;
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
  if (info.offset % page_size != 0 || info.offset > largest_file_offset)
    return broken(fmt::format("a region cannot be mapped from {:#x} of a file", info.offset));
  region.file = std::move(reply.fds.front());
  region.mappable = {SparseArea{.offset = 0, .size = info.size / page_size * page_size}};
  if ((info.flags & region_flag_caps) != 0) {
    BULKHEAD_TRY_ASSIGN(auto areas, walk_capabilities(std::span{reply.payload}.first(argsz),
                                                      info.cap_offset, info.size));
    if (areas) region.mappable = merged(*std::move(areas));
  }
  return region;
}

Result<Mapping> map_pages(const RegionDescription& region, uint64_t offset, uint64_t length) {
  if (length == 0 || !inside(offset, length, region.size))
    return fail(ErrorCode::invalid_argument,
                fmt::format("{:#x} bytes at {:#x} are not inside of a region of {:#x} bytes",
                            length, offset, region.size));
  const uint64_t begin = offset / page_size * page_size;
  const uint64_t end = (offset + length + page_size - 1) / page_size * page_size;
  const bool mappable = std::ranges::any_of(region.mappable, [&](const SparseArea& area) {
    return area.offset <= begin && end <= area.offset + area.size;
  });
  if (!mappable)
    return fail(
        ErrorCode::unsupported,
        fmt::format("the server does not let {:#x} bytes at {:#x} be mapped", end - begin, begin));
  const uint64_t from = region.file_offset + begin;
  BULKHEAD_TRY(check_sealed_memory(region.file.get(), from, Bytes{end - begin}));
  return Mapping::map(region.file.get(), from, Bytes{end - begin});
}

}  // namespace bulkhead::vfio_user
