// Chooses the addresses at which a function sees memory, where no IOMMU of the kernel does.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/units.hpp"

namespace bulkhead::vfio_user {

/// First fit, in steps of 2 MiB. All addresses are above 4 GiB, so that a truncated one hits
/// nothing, and a gap follows every range, so that DMA past an end hits nothing either.
class IovaAllocator {
 public:
  static constexpr uint64_t step = uint64_t{2} << 20U;
  static constexpr uint64_t first = uint64_t{1} << 32U;
  static constexpr uint64_t end = uint64_t{1} << 39U;  ///< what small IOMMUs translate

  /// Errors: `invalid_argument` for no bytes, `no_memory` if no gap is large enough.
  Result<Iova> allocate(Bytes length) {
    if (length.value() == 0) return fail(ErrorCode::invalid_argument, "no bytes to map for DMA");
    uint64_t address = first;
    auto next = ranges_.begin();
    while (next != ranges_.end() && !fits(address, length, next->address)) {
      address = after(*next);
      ++next;
    }
    if (next == ranges_.end() && !fits(address, length, end))
      return fail(ErrorCode::no_memory, "no room in the device's address space for a mapping");
    ranges_.insert(next, Range{address, length.value()});
    return Iova{address};
  }

  /// Whether this very range was allocated and is not freed.
  [[nodiscard]] bool holds(Iova address, Bytes length) const {
    return std::ranges::find(ranges_, Range{address.value(), length.value()}) != ranges_.end();
  }

  void free(Iova address, Bytes length) {
    std::erase(ranges_, Range{address.value(), length.value()});
  }

  [[nodiscard]] size_t count() const { return ranges_.size(); }

 private:
  struct Range {
    uint64_t address;
    uint64_t length;
    friend bool operator==(const Range&, const Range&) = default;
  };

  static uint64_t after(const Range& range) {
    return (range.address + range.length + step - 1) / step * step + step;
  }
  // Room for the range and the gap behind it.
  static bool fits(uint64_t address, Bytes length, uint64_t limit) {
    return length.value() <= end && after(Range{address, length.value()}) <= limit;
  }

  std::vector<Range> ranges_;  ///< sorted by address
};

}  // namespace bulkhead::vfio_user
