#include "model/wires/latency_histogram.hpp"

#include <cmath>

#include <fmt/format.h>

namespace bulkhead::model {

uint64_t LatencyHistogram::percentile(double share) const {
  const auto rank = static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_)));
  uint64_t so_far = 0;
  for (size_t bucket = 0; bucket < buckets; ++bucket) {
    so_far += counts_[bucket];
    if (so_far != 0 && so_far >= rank) return std::min(end_of(bucket), most_);
  }
  return 0;
}

std::string LatencyHistogram::report(double nanoseconds_per_tick) const {
  const auto in_ns = [&](uint64_t time) {
    return static_cast<double>(time) * nanoseconds_per_tick;
  };
  std::string list;
  for (size_t bucket = 0; bucket < buckets; ++bucket) {
    if (counts_[bucket] == 0) continue;
    list += fmt::format("{}[{:.0f},{}]", list.empty() ? "" : ",",
                        in_ns(std::min(end_of(bucket), most_)), counts_[bucket]);
  }
  return fmt::format(
      R"({{"frames":{},"p50":{:.0f},"p99":{:.0f},"p99.9":{:.0f},"p99.99":{:.0f},"max":{:.0f},)"
      R"("buckets":[{}]}})",
      count_, in_ns(percentile(0.5)), in_ns(percentile(0.99)), in_ns(percentile(0.999)),
      in_ns(percentile(0.9999)), in_ns(most_), list);
}

}  // namespace bulkhead::model
