#include "bulkhead/memory/region.hpp"

#include <fmt/format.h>

namespace bulkhead::memory {

Result<Region> Region::allocate(const std::string& name, Bytes size) {
  const Bytes rounded = round_up(size, 2_MiB);
  auto page_size = PageSize::huge_2m;
  auto fd = create_sealed_memory(name, rounded, page_size);
  if (!fd) {
    page_size = PageSize::small_4k;
    fd = create_sealed_memory(name, rounded, page_size);
  }
  if (!fd)
    return std::unexpected(
        std::move(fd).error().within(fmt::format("{} bytes for {}", rounded.value(), name)));
  BULKHEAD_TRY_ASSIGN(auto region, adopt(*std::move(fd), rounded));
  region.page_size_ = page_size;
  return region;
}

Result<Region> Region::adopt(OwnedFd fd, Bytes size) {
  BULKHEAD_TRY_ASSIGN(auto mapping, Mapping::map(fd.get(), 0, size));
  return Region{std::move(fd), std::move(mapping)};
}

}  // namespace bulkhead::memory
