// The pools of a NIC's queues, mapped for its DMA.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/bus/function.hpp"
#include "bulkhead/queue/pool.hpp"

namespace bulkhead::driver {

/// Each distinct pool's memory is mapped once, for as long as this object lives.
class PoolMappings {
 public:
  /// One pool a queue pair. Errors: what mapping meets.
  static Result<PoolMappings> create(const std::shared_ptr<bus::Function>& function,
                                     std::span<const std::shared_ptr<queue::Pool>> pools);

  PoolMappings() = default;

  /// Where the device sees the first buffer of a queue pair's pool.
  [[nodiscard]] Iova buffers_at(size_t queue) const { return addresses_[queue]; }

 private:
  std::vector<bus::DmaMapping> mappings_;
  std::vector<Iova> addresses_;  ///< one a queue pair
};

}  // namespace bulkhead::driver
