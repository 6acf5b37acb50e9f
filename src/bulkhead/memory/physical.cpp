#include "bulkhead/memory/physical.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "bulkhead/base/owned_fd.hpp"

namespace bulkhead::memory {
namespace {

constexpr uint64_t huge_page = (2_MiB).value();

}  // namespace

Result<PhysicalLayout> lay_out(std::span<const uint64_t> addresses) {
  std::vector<uint64_t> pages(addresses.size());
  std::iota(pages.begin(), pages.end(), uint64_t{0});
  std::ranges::sort(pages, {}, [&](uint64_t page) { return addresses[page]; });
  const uint64_t first = addresses[pages.front()];
  const uint64_t size = addresses[pages.back()] + huge_page - first;
  if (size > largest_spread)
    return fail(ErrorCode::no_memory,
                fmt::format("the huge pages lie {} GiB apart in physical memory, {} are possible",
                            size >> 30U, largest_spread >> 30U),
                "reserve them on one NUMA node: "
                "/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages");
  PhysicalLayout layout{.first = first, .size = Bytes{size}, .pieces = {}, .extents = {}};
  for (const uint64_t page : pages) {
    const uint64_t place = addresses[page] - first;
    layout.pieces.push_back({.file_offset = page * huge_page, .place = place, .length = huge_page});
    auto& extents = layout.extents;
    if (!extents.empty() && extents.back().offset + extents.back().length == place) {
      extents.back().length += huge_page;
    } else {
      extents.push_back({.offset = place, .length = huge_page});
    }
  }
  return layout;
}

Result<std::vector<uint64_t>> physical_addresses(std::span<const std::byte> memory) {
  // Linux, Documentation/admin-guide/mm/pagemap.rst: a 64-bit word a page of 4 KiB; bit 63 is set
  // if it is present, bits 0-54 are its frame number, 0 without CAP_SYS_ADMIN.
  constexpr uint64_t page = 4096;
  constexpr uint64_t present = uint64_t{1} << 63U;
  constexpr uint64_t frame_mask = (uint64_t{1} << 55U) - 1;
  const OwnedFd pagemap{::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)};
  if (!pagemap) return fail_errno("/proc/self/pagemap");
  std::vector<uint64_t> addresses;
  for (size_t offset = 0; offset < memory.size(); offset += huge_page) {
    const auto virtual_page = std::bit_cast<uintptr_t>(memory.subspan(offset).data()) / page;
    uint64_t entry = 0;
    if (::pread(pagemap.get(), &entry, sizeof entry,
                static_cast<off_t>(virtual_page * sizeof entry)) != sizeof entry)
      return fail_errno("/proc/self/pagemap");
    if ((entry & present) == 0)
      return fail(ErrorCode::io, "/proc/self/pagemap: a page that was filled is not there");
    if ((entry & frame_mask) == 0)
      return fail(ErrorCode::permission, "/proc/self/pagemap hides where memory lies",
                  "only root is told");
    addresses.push_back((entry & frame_mask) * page);
  }
  return addresses;
}

}  // namespace bulkhead::memory
