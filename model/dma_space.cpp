#include "model/dma_space.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "bulkhead/bus/vfio_user/protocol.hpp"

#include "model/copy_bytes.hpp"

namespace bulkhead::model {

static constexpr uint64_t page_size = 4096;

static bool allows(uint32_t flags, DmaSpace::Access access) {
  const uint32_t needed =
      access == DmaSpace::Access::read ? vfio_user::dma_readable : vfio_user::dma_writeable;
  return (flags & needed) != 0;
}

// Nothing is populated: a sealed file of any size may be all holes.
Result<Mapping> DmaSpace::map_file(const OwnedFd& fd, uint64_t offset, uint64_t size,
                                   uint32_t flags) {
  BULKHEAD_TRY(check_sealed_memory(fd.get(), offset, Bytes{size}));
  const auto protection = allows(flags, Access::write) ? Mapping::Protection::read_write
                                                       : Mapping::Protection::read_only;
  return Mapping::map(fd.get(), offset, Bytes{size}, protection, Mapping::Population::on_access);
}

Result<> DmaSpace::map(uint64_t address, uint64_t size, uint32_t flags, OwnedFd fd,
                       uint64_t fd_offset) {
  if (size == 0 || size - 1 > std::numeric_limits<uint64_t>::max() - address)
    return fail(ErrorCode::invalid_argument,
                fmt::format("DMA range {:#x}+{:#x} is empty or wraps", address, size));
  if (address % page_size != 0 || size % page_size != 0 || fd_offset % page_size != 0)
    return fail(ErrorCode::invalid_argument,
                fmt::format("DMA range {:#x}+{:#x} at file offset {:#x} is not made of whole pages",
                            address, size, fd_offset));
  if (ranges_.size() >= max_ranges)
    return fail(ErrorCode::no_memory, fmt::format("more than {} DMA ranges", max_ranges));
  const auto next = std::ranges::lower_bound(ranges_, address, {}, &Range::address);
  const bool hits_next = next != ranges_.end() && next->address - address < size;
  const bool hits_previous =
      next != ranges_.begin() && address - std::prev(next)->address < std::prev(next)->size;
  if (hits_next || hits_previous)
    return fail(ErrorCode::invalid_argument,
                fmt::format("DMA range {:#x}+{:#x} overlaps another", address, size));

  Range range{.address = address, .size = size, .flags = flags, .memory = {}};
  if (fd) {
    if (size > max_mapped - mapped_)
      return fail(ErrorCode::no_memory,
                  fmt::format("DMA range of {:#x} bytes, with {:#x} bytes mapped already: a client "
                              "gets at most {:#x}",
                              size, mapped_, max_mapped));
    BULKHEAD_TRY_ASSIGN(range.memory, map_file(fd, fd_offset, size, flags));
    mapped_ += size;
  }
  hot_ = {};
  ranges_.insert(next, std::move(range));
  return {};
}

Result<> DmaSpace::unmap(uint64_t address, uint64_t size) {
  if (size == 0 || size - 1 > std::numeric_limits<uint64_t>::max() - address)
    return fail(ErrorCode::invalid_argument,
                fmt::format("DMA range {:#x}+{:#x} is empty or wraps", address, size));
  const uint64_t last = address + (size - 1);
  const auto touches = [&](const Range& range) {
    return range.address <= last && range.address + (range.size - 1) >= address;
  };
  const auto inside = [&](const Range& range) {
    return range.address >= address && range.address + (range.size - 1) <= last;
  };
  const auto touched = std::ranges::count_if(ranges_, touches);
  if (touched == 0 || touched != std::ranges::count_if(ranges_, inside))
    return fail(ErrorCode::invalid_argument,
                fmt::format("no DMA ranges fill {:#x}+{:#x}", address, size));
  hot_ = {};
  joined_.clear();
  for (const Range& range : ranges_)
    if (inside(range)) mapped_ -= range.memory.bytes().size();
  std::erase_if(ranges_, inside);
  return {};
}

void DmaSpace::clear() {
  hot_ = {};
  joined_.clear();
  ranges_.clear();
  mapped_ = 0;
}

const DmaSpace::Range* DmaSpace::find(uint64_t address) const {
  const auto next = std::ranges::upper_bound(ranges_, address, {}, &Range::address);
  if (next == ranges_.begin()) return nullptr;
  const Range& range = *std::prev(next);
  return address - range.address < range.size ? &range : nullptr;
}

std::span<std::byte> DmaSpace::translate_slowly(uint64_t address, uint64_t length, Access access) {
  const Range* range = find(address);
  if (range == nullptr || !allows(range->flags, access)) return {};
  const auto bytes = range->memory.bytes();
  const uint64_t offset = address - range->address;
  if (offset > bytes.size() || length > bytes.size() - offset) return {};
  hot_[static_cast<size_t>(access)] = {.address = range->address, .bytes = bytes};
  return bytes.subspan(offset).first(length);
}

std::span<std::byte> DmaSpace::translate_across(uint64_t address, uint64_t length, Access access) {
  if (const auto bytes = translate(address, length, access); !bytes.empty()) return bytes;
  if (length == 0 || !reachable(address, length, access)) return {};
  const uint64_t first = address / page_size * page_size;
  const uint64_t size = round_up(Bytes{address - first + length}, Bytes{page_size}).value();
  const auto known = std::ranges::find_if(joined_, [&](const Joined& joined) {
    return joined.address == first && joined.memory.size() == Bytes{size} &&
           allows(joined.flags, access);
  });
  if (known != joined_.end()) return known->memory.bytes().subspan(address - first, length);
  if (joined_.size() >= max_joined) return {};

  Joined joined{.address = first, .flags = ~0U, .memory = {}};
  std::vector<std::span<std::byte>> parts;
  for (uint64_t done = 0; done < size; done += parts.back().size()) {
    const Range& range = *find(first + done);
    const auto there = range.memory.bytes().subspan(first + done - range.address);
    parts.push_back(there.first(std::min<size_t>(there.size(), size - done)));
    joined.flags &= range.flags;
  }
  auto memory = Mapping::join(parts);
  if (!memory) return {};
  joined.memory = *std::move(memory);
  return joined_.emplace_back(std::move(joined)).memory.bytes().subspan(address - first, length);
}

bool DmaSpace::reachable(uint64_t address, uint64_t length, Access access) const {
  while (length > 0) {
    const Range* range = find(address);
    if (range == nullptr || !allows(range->flags, access) || range->memory.bytes().empty())
      return false;
    const uint64_t here = std::min(length, range->size - (address - range->address));
    address += here;
    length -= here;
  }
  return true;
}

bool DmaSpace::read(uint64_t address, std::span<std::byte> to) {
  if (!reachable(address, to.size(), Access::read)) return false;
  while (!to.empty()) {
    const Range& range = *find(address);
    const auto there = range.memory.bytes().subspan(address - range.address);
    const size_t here = std::min(to.size(), there.size());
    copy_bytes(there.first(here), to);
    to = to.subspan(here);
    address += here;
  }
  return true;
}

bool DmaSpace::write(uint64_t address, std::span<const std::byte> from) {
  if (!reachable(address, from.size(), Access::write)) return false;
  while (!from.empty()) {
    const Range& range = *find(address);
    const auto there = range.memory.bytes().subspan(address - range.address);
    const size_t here = std::min(from.size(), there.size());
    copy_bytes(from.first(here), there);
    from = from.subspan(here);
    address += here;
  }
  return true;
}

}  // namespace bulkhead::model
