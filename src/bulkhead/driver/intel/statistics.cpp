#include "bulkhead/driver/intel/statistics.hpp"

namespace bulkhead::intel {

Statistics::Statistics(std::span<const Counter> counters) : counters_(counters) {
  for (const Counter& counter : counters) values_.push_back({counter.name, 0});
}

Result<> Statistics::update(Bar& bar) {
  for (size_t i = 0; i < counters_.size(); ++i) {
    const uint64_t counted = counters_[i].read(bar);
    BULKHEAD_TRY(bar.health());
    values_[i].value += counted;
  }
  return {};
}

}  // namespace bulkhead::intel
