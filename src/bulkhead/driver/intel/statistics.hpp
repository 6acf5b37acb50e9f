// Counters that reading clears, summed up here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "bulkhead/base/bits.hpp"
#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/intel/bar.hpp"
#include "bulkhead/driver/nic.hpp"

namespace bulkhead::intel {

/// A counter of the device, under the name that ethtool -S gives it.
struct Counter {
  std::string_view name;
  uint64_t (*read)(Bar&);
};

/// Reads a counter register, all of its repetitions added.
template <class R>
uint64_t count(Bar& bar) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < R::count; ++i) sum += bar.read<R>(i).bits();
  return sum;
}

/// A counter in two registers: the low half first, reading the high half clears both. Of the high
/// half `bits` bits count.
template <class Low, class High, unsigned bits = 32>
uint64_t count_octets(Bar& bar) {
  const uint64_t low = bar.read<Low>().bits();
  return low | (uint64_t{bar.read<High>().bits() & mask(bits - 1, 0)} << 32U);
}

class Statistics {
 public:
  /// `counters` outlive this.
  explicit Statistics(std::span<const Counter> counters);
  /// Adds what the device has counted since the last call.
  Result<> update(Bar& bar);
  [[nodiscard]] const std::vector<driver::Statistic>& values() const [[clang::lifetimebound]] {
    return values_;
  }

 private:
  std::span<const Counter> counters_;
  std::vector<driver::Statistic> values_;
};

}  // namespace bulkhead::intel
