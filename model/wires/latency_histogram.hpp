// How long frames were on their way, in buckets whose width grows with the time: 32 to each
// doubling, so that no percentile is off by more than 3.2 percent, and counting takes no division.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

namespace bulkhead::model {

class LatencyHistogram {
 public:
  /// What takes longer counts as this long: seven minutes of a counter at 2.5 GHz.
  static constexpr uint64_t longest = (uint64_t{1} << 40U) - 1;

  void saw(uint64_t ticks) {
    const uint64_t time = std::min(ticks, longest);
    ++counts_[bucket_of(time)];
    ++count_;
    most_ = std::max(most_, time);
  }

  [[nodiscard]] uint64_t count() const { return count_; }
  /// 0 if there is nothing.
  [[nodiscard]] uint64_t most() const { return most_; }
  /// The time that `share` (0 to 1) of the frames did not exceed; 0 if there is nothing.
  [[nodiscard]] uint64_t percentile(double share) const;
  /// As a JSON object, in nanoseconds: percentiles, and how many frames took at most how long,
  /// bucket by bucket without the empty ones.
  [[nodiscard]] std::string report(double nanoseconds_per_tick) const;

 private:
  static constexpr uint32_t steps = 32;
  static constexpr uint32_t buckets = 36 * steps;  // so that `longest` has the last one

  /// Up to 2 * steps each time has its own; from there on all but the six highest bits are cut off.
  static constexpr size_t bucket_of(uint64_t time) {
    const auto bits = static_cast<uint32_t>(std::bit_width(time));
    const uint32_t cut = bits < 6 ? 0 : bits - 6;
    return cut * steps + (time >> cut);
  }
  /// The longest time in it.
  static constexpr uint64_t end_of(size_t bucket) {
    const uint64_t cut = bucket < 2 * steps ? 0 : bucket / steps - 1;
    return ((bucket - cut * steps + 1) << cut) - 1;
  }

  std::array<uint64_t, buckets> counts_{};
  uint64_t count_ = 0;
  uint64_t most_ = 0;
};

}  // namespace bulkhead::model
