#include "bulkhead/bus/vfio/container.hpp"

#include <bit>
#include <cerrno>

#include <fmt/format.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/bus/capabilities.hpp"
#include "bulkhead/bus/vfio/described.hpp"
#include "bulkhead/bus/vfio/explain.hpp"

namespace bulkhead::vfio {
namespace {

Result<std::vector<bus::IovaRange>> parse_ranges(std::span<const std::byte> bytes) {
  struct Count {
    uint32_t ranges;
    uint32_t reserved;
  };
  if (bytes.size() < sizeof(Count))
    return fail(ErrorCode::protocol, "the kernel's list of IOVA ranges is cut off");
  const auto count = from_bytes<Count>(bytes).ranges;
  bytes = bytes.subspan(sizeof(Count));
  if (count > bytes.size() / sizeof(vfio_iova_range))
    return fail(ErrorCode::protocol,
                fmt::format("the kernel claims {} IOVA ranges, more than it lists", count));
  std::vector<bus::IovaRange> ranges;
  for (uint32_t i = 0; i < count; ++i) {
    const auto range = from_bytes<vfio_iova_range>(bytes.subspan(i * sizeof(vfio_iova_range)));
    ranges.push_back({.first = range.start, .last = range.end});
  }
  return ranges;
}

}  // namespace

Result<std::vector<bus::IovaRange>> parse_iommu_info(std::span<const std::byte> info) {
  const auto fixed = from_bytes<vfio_iommu_type1_info>(info);
  // A bit for every page size: the lowest one is what addresses must be multiples of.
  if ((fixed.flags & VFIO_IOMMU_INFO_PGSIZES) != 0 &&
      (fixed.iova_pgsizes & (2 * bus::IovaAllocator::step - 1)) == 0)
    return fail(ErrorCode::unsupported,
                fmt::format("the IOMMU has no pages of 2 MiB or less: {:#x}", fixed.iova_pgsizes));
  const bool has_capabilities = (fixed.flags & VFIO_IOMMU_INFO_CAPS) != 0;
  const bus::CapabilityList list{.description = info,
                                 .fixed_size = sizeof fixed,
                                 .first = has_capabilities ? fixed.cap_offset : 0};
  BULKHEAD_TRY_ASSIGN(const auto ranges,
                      bus::find_capability(list, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE));
  if (!ranges) return std::vector{bus::IovaAllocator::usual};
  return parse_ranges(*ranges);
}

Result<std::vector<bus::IovaRange>> Container::usable() {
  BULKHEAD_TRY_ASSIGN(const auto info,
                      describe(container_.get(), VFIO_IOMMU_GET_INFO, vfio_iommu_type1_info{},
                               "asking what the IOMMU translates"));
  return parse_iommu_info(info);
}

Result<> Container::map(std::span<std::byte> memory, Iova address) {
  vfio_iommu_type1_dma_map map{.argsz = sizeof map,
                               .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
                               .vaddr = std::bit_cast<uint64_t>(memory.data()),
                               .iova = address.value(),
                               .size = memory.size()};
  if (::ioctl(container_.get(), VFIO_IOMMU_MAP_DMA, &map) == 0) return {};
  return std::unexpected(explain_map(errno, Bytes{memory.size()}, locked_memory(by_container)));
}

Result<> Container::unmap(Iova address, Bytes length) {
  vfio_iommu_type1_dma_unmap unmap{};
  unmap.argsz = sizeof unmap;
  unmap.iova = address.value();
  unmap.size = length.value();
  if (::ioctl(container_.get(), VFIO_IOMMU_UNMAP_DMA, &unmap) != 0)
    return fail_errno("taking back a DMA mapping");
  if (unmap.size == length.value()) return {};
  return fail(ErrorCode::io, fmt::format("of a DMA mapping of {} bytes the kernel took back {}",
                                         length.value(), unmap.size));
}

}  // namespace bulkhead::vfio
