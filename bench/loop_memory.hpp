// Rings and frames for the loops in plain memory, on pages of the size that is to be measured.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "bulkhead/base/mapping.hpp"
#include "bulkhead/memory/region.hpp"
#include "bulkhead/queue/pool.hpp"

namespace bulkhead::bench {

/// Errors: `no_memory` if the system has no such pages to give.
inline Result<memory::Region> make_region(const std::string& name, Bytes size, PageSize pages) {
  const Bytes rounded = round_up(size, 2_MiB);
  BULKHEAD_TRY_ASSIGN(OwnedFd fd, create_sealed_memory(name, rounded, pages));
  return memory::Region::adopt(std::move(fd), rounded);
}

inline Result<std::shared_ptr<queue::Pool>> make_pool(queue::Pool::Options options,
                                                      PageSize pages) {
  // What it makes by itself depends on what the system has; its size does not.
  BULKHEAD_TRY_ASSIGN(const auto model, queue::Pool::create(options));
  const Bytes size = model->region().size();
  BULKHEAD_TRY_ASSIGN(OwnedFd fd, create_sealed_memory("frames", size, pages));
  return queue::Pool::adopt(std::move(fd), size, options);
}

}  // namespace bulkhead::bench
