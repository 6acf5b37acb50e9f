#include "bulkhead/bus/iova_allocator.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::bus {
namespace {

constexpr uint64_t step = IovaAllocator::step;
/// More than any device can address; keeps sums below from overflowing.
constexpr uint64_t largest = (uint64_t{1} << 60U) - 1;

uint64_t next_step(uint64_t address) {
  return (address + step - 1) / step * step;
}

/// Whether a range and the gap behind it end at or before `end`.
bool fits(uint64_t address, uint64_t length, uint64_t end) {
  return length <= largest && next_step(address + length) + step <= end;
}

std::vector<IovaRange> from(uint64_t lowest, const std::vector<IovaRange>& ranges) {
  std::vector<IovaRange> above;
  for (const IovaRange& range : ranges)
    if (range.last >= lowest && range.first <= largest)
      above.push_back({.first = next_step(std::max(range.first, lowest)),
                       .last = std::min(range.last, largest)});
  return above;
}

}  // namespace

IovaAllocator::IovaAllocator(const std::vector<IovaRange>& usable)
    : usable_(from(uint64_t{1} << 32U, usable)) {
  if (usable_.empty()) usable_ = from(step, usable);
}

std::optional<uint64_t> IovaAllocator::first_fit(const IovaRange& usable, uint64_t length) const {
  uint64_t address = usable.first;
  for (const Taken& taken : taken_) {
    if (taken.address < usable.first) continue;
    if (taken.address > usable.last || fits(address, length, taken.address)) break;
    address = next_step(taken.address + taken.length) + step;
  }
  const auto next = std::ranges::lower_bound(taken_, address, {}, &Taken::address);
  const uint64_t end =
      next == taken_.end() ? usable.last + 1 : std::min(next->address, usable.last + 1);
  if (!fits(address, length, end)) return std::nullopt;
  return address;
}

Result<Iova> IovaAllocator::allocate(Bytes length) {
  if (length.value() == 0) return fail(ErrorCode::invalid_argument, "no bytes to map for DMA");
  for (const IovaRange& usable : usable_) {
    const auto address = first_fit(usable, length.value());
    if (!address) continue;
    taken_.insert(std::ranges::lower_bound(taken_, *address, {}, &Taken::address),
                  Taken{*address, length.value()});
    return Iova{*address};
  }
  return fail(ErrorCode::no_memory,
              fmt::format("no room for {} bytes in the device's address space", length.value()));
}

bool IovaAllocator::holds(Iova address, Bytes length) const {
  return std::ranges::find(taken_, Taken{address.value(), length.value()}) != taken_.end();
}

void IovaAllocator::free(Iova address, Bytes length) {
  std::erase(taken_, Taken{address.value(), length.value()});
}

}  // namespace bulkhead::bus
