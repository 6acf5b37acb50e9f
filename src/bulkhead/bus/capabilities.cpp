#include "bulkhead/bus/capabilities.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "bulkhead/base/bytes.hpp"

namespace bulkhead::bus {
namespace {

// vfio.h: struct vfio_info_cap_header, struct vfio_region_info_cap_sparse_mmap.
struct Header {
  uint16_t id;
  uint16_t version;
  uint32_t next;
};
struct SparseMmap {
  uint32_t nr_areas;
  uint32_t reserved;
};
constexpr uint16_t sparse_mmap = 1;
// A description has a few capabilities; a list that is longer than this is a loop.
constexpr int longest_list = 16;

std::unexpected<Error> broken(std::string what) {
  return fail(ErrorCode::protocol, std::move(what));
}

bool inside(uint64_t offset, uint64_t length, uint64_t size) {
  return offset <= size && length <= size - offset;
}

Result<std::vector<Area>> parse_areas(std::span<const std::byte> bytes, uint64_t region_size) {
  if (bytes.size() < sizeof(SparseMmap)) return broken("a sparse mmap capability is cut off");
  const auto count = from_bytes<SparseMmap>(bytes).nr_areas;
  bytes = bytes.subspan(sizeof(SparseMmap));
  if (count > bytes.size() / sizeof(Area))
    return broken(
        fmt::format("a sparse mmap capability claims {} areas, more than it holds", count));
  std::vector<Area> areas;
  for (uint32_t i = 0; i < count; ++i) {
    const auto area = from_bytes<Area>(bytes.subspan(i * sizeof(Area)));
    if (area.size == 0 || area.size % page_size != 0 || area.offset % page_size != 0 ||
        !inside(area.offset, area.size, region_size))
      return broken(fmt::format("{:#x} bytes at {:#x} are no pages of a region of {:#x} bytes",
                                area.size, area.offset, region_size));
    areas.push_back(area);
  }
  return areas;
}

std::vector<Area> merged(std::vector<Area> areas) {
  std::ranges::sort(areas, {}, &Area::offset);
  std::vector<Area> result;
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

Result<std::optional<std::span<const std::byte>>> find_capability(const CapabilityList& list,
                                                                  uint16_t id) {
  std::optional<std::span<const std::byte>> found;
  uint32_t offset = list.first;
  for (int i = 0; i < longest_list; ++i) {
    if (offset == 0) return found;
    if (offset < list.fixed_size || !inside(offset, sizeof(Header), list.description.size()))
      return broken(fmt::format("a capability at {:#x} is not inside of its description", offset));
    const auto header = from_bytes<Header>(list.description.subspan(offset));
    if (header.id == id) {
      if (found || header.version != 1)
        return broken(fmt::format("a second capability {}, or one of an unknown version", id));
      found = list.description.subspan(offset + sizeof(Header));
    }
    offset = header.next;
  }
  return broken("the capability list does not end");
}

Result<std::vector<Area>> mappable_areas(const CapabilityList& list, uint64_t region_size) {
  BULKHEAD_TRY_ASSIGN(const auto sparse, find_capability(list, sparse_mmap));
  if (!sparse) return std::vector{Area{.offset = 0, .size = region_size / page_size * page_size}};
  BULKHEAD_TRY_ASSIGN(auto areas, parse_areas(*sparse, region_size));
  return merged(std::move(areas));
}

Result<Area> pages_to_map(std::span<const Area> mappable, uint64_t region_size, uint64_t offset,
                          uint64_t length) {
  if (length == 0 || !inside(offset, length, region_size))
    return fail(ErrorCode::invalid_argument,
                fmt::format("{:#x} bytes at {:#x} are not inside of a region of {:#x} bytes",
                            length, offset, region_size));
  const uint64_t begin = offset / page_size * page_size;
  const uint64_t end = (offset + length + page_size - 1) / page_size * page_size;
  const bool possible = std::ranges::any_of(mappable, [&](const Area& area) {
    return area.offset <= begin && end <= area.offset + area.size;
  });
  if (possible) return Area{.offset = begin, .size = end - begin};
  return fail(ErrorCode::unsupported,
              fmt::format("{:#x} bytes at {:#x} cannot be mapped", end - begin, begin));
}

}  // namespace bulkhead::bus
