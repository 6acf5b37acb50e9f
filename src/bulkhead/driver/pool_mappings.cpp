#include "bulkhead/driver/pool_mappings.hpp"

#include <algorithm>

namespace bulkhead::driver {

Result<PoolMappings> PoolMappings::create(const std::shared_ptr<bus::Function>& function,
                                          std::span<const std::shared_ptr<queue::Pool>> pools) {
  PoolMappings all;
  for (size_t queue = 0; queue < pools.size(); ++queue) {
    const auto found = std::ranges::find_if(
        pools, [&](const auto& pool) { return pool->shares_memory_with(*pools[queue]); });
    const auto first = static_cast<size_t>(found - pools.begin());
    if (first < queue) {  // mapped already, for an earlier queue
      all.addresses_.push_back(all.addresses_[first]);
      continue;
    }
    BULKHEAD_TRY_ASSIGN(auto mapping, bus::DmaMapping::create(function, pools[queue]->region()));
    all.addresses_.push_back(mapping.address() + Bytes{queue::Buffers::headroom});
    all.mappings_.push_back(std::move(mapping));
  }
  return all;
}

}  // namespace bulkhead::driver
