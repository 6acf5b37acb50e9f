#include "bulkhead/bus/vfio/ioas.hpp"

#include <bit>
#include <cerrno>

#include <fmt/format.h>
#include <sys/ioctl.h>

#include "bulkhead/bus/vfio/abi.hpp"
#include "bulkhead/bus/vfio/explain.hpp"

namespace bulkhead::vfio {

Result<std::unique_ptr<Ioas>> Ioas::create(OwnedFd iommufd) {
  abi::IoasAlloc alloc{.size = sizeof alloc, .flags = 0, .out_ioas_id = 0};
  if (::ioctl(iommufd.get(), abi::ioas_alloc, &alloc) != 0)
    return fail_errno("making an address space for DMA");
  return std::unique_ptr<Ioas>{new Ioas{std::move(iommufd), alloc.out_ioas_id}};
}

Result<std::vector<bus::IovaRange>> Ioas::usable() {
  // A few holes at most: the MSI window, and the memory that firmware reserves for a device.
  std::vector<abi::IoasIovaRange> ranges(8);
  abi::IoasIovaRanges question{.size = sizeof question,
                               .ioas_id = id_,
                               .num_iovas = static_cast<uint32_t>(ranges.size()),
                               .reserved = 0,
                               .allowed_iovas = std::bit_cast<uint64_t>(ranges.data()),
                               .out_iova_alignment = 0};
  if (::ioctl(iommufd_.get(), abi::ioas_iova_ranges, &question) != 0) {
    // Told how many there are (EMSGSIZE), asks once more.
    if (errno != EMSGSIZE) return fail_errno("asking what the IOMMU translates");
    ranges.resize(question.num_iovas);
    question.allowed_iovas = std::bit_cast<uint64_t>(ranges.data());
    if (::ioctl(iommufd_.get(), abi::ioas_iova_ranges, &question) != 0)
      return fail_errno("asking what the IOMMU translates");
  }
  if (question.num_iovas > ranges.size() || question.out_iova_alignment > bus::IovaAllocator::step)
    return fail(ErrorCode::unsupported,
                fmt::format("an IOMMU with {} ranges of IOVAs in steps of {:#x}",
                            question.num_iovas, question.out_iova_alignment));
  std::vector<bus::IovaRange> usable;
  for (const auto& range : std::span{ranges}.first(question.num_iovas))
    usable.push_back({.first = range.start, .last = range.last});
  return usable;
}

Result<> Ioas::map(std::span<std::byte> memory, Iova address) {
  abi::IoasMap map{
      .size = sizeof map,
      .flags = abi::ioas_map_fixed_iova | abi::ioas_map_writeable | abi::ioas_map_readable,
      .ioas_id = id_,
      .reserved = 0,
      .user_va = std::bit_cast<uint64_t>(memory.data()),
      .length = memory.size(),
      .iova = address.value()};
  if (::ioctl(iommufd_.get(), abi::ioas_map, &map) == 0) return {};
  return std::unexpected(explain_map(errno, Bytes{memory.size()}, locked_memory(by_iommufd)));
}

Result<> Ioas::unmap(Iova address, Bytes length) {
  abi::IoasUnmap unmap{
      .size = sizeof unmap, .ioas_id = id_, .iova = address.value(), .length = length.value()};
  if (::ioctl(iommufd_.get(), abi::ioas_unmap, &unmap) != 0)
    return fail_errno("taking back a DMA mapping");
  if (unmap.length == length.value()) return {};
  return fail(ErrorCode::io, fmt::format("of a DMA mapping of {} bytes the kernel took back {}",
                                         length.value(), unmap.length));
}

}  // namespace bulkhead::vfio
