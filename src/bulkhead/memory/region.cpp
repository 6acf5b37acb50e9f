#include "bulkhead/memory/region.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bulkhead/memory/huge_pages.hpp"

namespace bulkhead::memory {
namespace {

Error for_region(Error error, const std::string& name, Bytes size) {
  if (error.code == ErrorCode::no_memory && error.remedy.empty())
    error.remedy =
        "is memory left (free -m), and may this process have it: ulimit -v, or LimitAS= in a "
        "systemd unit?";
  return std::move(error).within(fmt::format("{} bytes for {}", size.value(), name));
}

}  // namespace

Result<Region> Region::allocate(const std::string& name, Bytes size, Placement placement) {
  BULKHEAD_TRY_ASSIGN(auto region, allocate_in_extents(name, size, placement));
  if (region.extents_.size() == 1) return region;
  return fail(ErrorCode::no_memory,
              fmt::format("{} bytes for {}: the system's huge pages do not follow each other in "
                          "physical memory",
                          size.value(), name),
              "restart with more of them reserved: hugepages=N on the kernel's command line");
}

Result<Region> Region::allocate_in_extents(const std::string& name, Bytes size,
                                           Placement placement) {
  const Bytes rounded = round_up(size, 2_MiB);
  auto page_size = PageSize::huge_2m;
  auto fd = create_sealed_memory(name, rounded, page_size);
  if (!fd && placement == Placement::anywhere) {
    page_size = PageSize::small_4k;
    fd = create_sealed_memory(name, rounded, page_size);
  }
  if (!fd) {
    auto error = for_region(std::move(fd).error(), name, rounded);
    if (placement == Placement::physical)
      error.remedy =
          fmt::format("without an IOMMU it must be huge pages, which the kernel does not move: {}",
                      command_for_huge_pages(2 * rounded.value() / (2_MiB).value()));
    return std::unexpected(std::move(error));
  }
  auto region = placement == Placement::physical ? place(*std::move(fd), rounded)
                                                 : adopt(*std::move(fd), rounded);
  if (!region) return std::unexpected(for_region(std::move(region).error(), name, rounded));
  region->page_size_ = page_size;
  return region;
}

Result<Region> Region::adopt(OwnedFd fd, Bytes size) {
  BULKHEAD_TRY_ASSIGN(auto mapping, Mapping::map(fd.get(), 0, size));
  return Region{std::move(fd), std::move(mapping)};
}

// The pages stay where they are when they are mapped once more: they belong to the file. The kernel
// neither swaps huge pages out nor compacts them; it moves one only if its memory is taken offline.
Result<Region> Region::place(OwnedFd fd, Bytes size) {
  BULKHEAD_TRY_ASSIGN(const auto in_file_order, Mapping::map(fd.get(), 0, size));
  BULKHEAD_TRY_ASSIGN(const auto addresses, physical_addresses(in_file_order.bytes()));
  BULKHEAD_TRY_ASSIGN(auto layout, lay_out(addresses));
  BULKHEAD_TRY_ASSIGN(auto mapping, Mapping::map_pieces(fd.get(), layout.pieces, layout.size));
  Region region{std::move(fd), std::move(mapping)};
  region.extents_ = std::move(layout.extents);
  region.physical_address_ = Iova{layout.first};
  region.linear_ = std::ranges::all_of(
      layout.pieces, [](const auto& piece) { return piece.file_offset == piece.place; });
  return region;
}

}  // namespace bulkhead::memory
