// DMA_MAP and DMA_UNMAP: the client's memory that the device may reach. The session keeps the
// ranges, so that the device is told only of new ones, and of the end of those it knows.
#include <cerrno>
#include <iterator>
#include <limits>
#include <utility>

#include "model/vfio_user/session.hpp"

namespace bulkhead::model {
namespace {

using vfio_user::DmaMap;
using vfio_user::DmaUnmap;

constexpr uint64_t smallest_page = 4096;

bool is_range(uint64_t address, uint64_t size) {
  return size != 0 && address % smallest_page == 0 && size % smallest_page == 0 &&
         size - 1 <= std::numeric_limits<uint64_t>::max() - address;
}

bool is_well_formed(const DmaMap& map, size_t fds) {
  constexpr uint32_t known = vfio_user::dma_readable | vfio_user::dma_writeable;
  const uint64_t last_offset = uint64_t{std::numeric_limits<int64_t>::max()};
  return (map.flags & ~known) == 0 && is_range(map.address, map.size) &&
         map.offset % smallest_page == 0 && map.offset <= last_offset &&
         map.size <= last_offset - map.offset && fds <= 1;
}

}  // namespace

Result<Reply> Session::dma_map(Message& message) {
  BULKHEAD_TRY_ASSIGN(const auto map, request_as<DmaMap>(message));
  if (!is_well_formed(map, message.fds.size())) return Reply::refuse(EINVAL);
  if (dma_.size() >= vfio_user::default_max_dma_maps) return Reply::refuse(ENOSPC);
  // Ends are compared as last bytes: the last range may end at 2^64.
  const auto next = dma_.lower_bound(map.address);
  if (next != dma_.end() && next->first <= map.address + (map.size - 1))
    return Reply::refuse(EEXIST);
  if (next != dma_.begin()) {
    const auto& [address, size] = *std::prev(next);
    if (address + (size - 1) >= map.address) return Reply::refuse(EEXIST);
  }
  auto fd = message.fds.empty() ? OwnedFd{} : std::move(message.fds.front());
  if (auto mapped = device_.map_dma(map.address, map.size, map.flags, std::move(fd), map.offset);
      !mapped)
    return Reply::refuse(errno_of(mapped.error().code));
  dma_.emplace(map.address, map.size);
  return Reply{};
}

Result<Reply> Session::dma_unmap(const Message& message) {
  BULKHEAD_TRY_ASSIGN(const auto unmap, request_as<DmaUnmap>(message));
  if (unmap.argsz < sizeof(DmaUnmap)) return Reply::refuse(EINVAL);
  if ((unmap.flags & vfio_user::dma_unmap_get_dirty_bitmap) != 0) return Reply::refuse(ENOTSUP);
  if ((unmap.flags & ~vfio_user::dma_unmap_all) != 0) return Reply::refuse(EINVAL);
  const int error = unmap.flags == 0 ? unmap_range(unmap.address, unmap.size) : unmap_everything();
  if (error != 0) return Reply::refuse(error);
  return Reply::with(unmap);
}

int Session::unmap_everything() {
  device_.unmap_all_dma();
  dma_.clear();
  return 0;
}

// The specification asks for the very range that was mapped. Like VFIO in the kernel, and for QEMU
// behind a guest's IOMMU, a range that holds several whole mappings is taken as well.
int Session::unmap_range(uint64_t address, uint64_t size) {
  if (!is_range(address, size)) return EINVAL;
  const uint64_t last = address + (size - 1);
  const auto begin = dma_.lower_bound(address);
  const auto end = dma_.upper_bound(last);
  if (begin != dma_.begin()) {
    const auto& [before, before_size] = *std::prev(begin);
    if (before + (before_size - 1) >= address) return EINVAL;
  }
  if (begin == end) return ENOENT;
  const auto& [tail, tail_size] = *std::prev(end);
  if (tail + (tail_size - 1) > last) return EINVAL;
  for (auto range = begin; range != end;) {
    if (auto gone = device_.unmap_dma(range->first, range->second); !gone)
      return errno_of(gone.error().code);
    range = dma_.erase(range);
  }
  return 0;
}

}  // namespace bulkhead::model
