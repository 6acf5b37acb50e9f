// Rings and frames for the loops in plain memory, on pages of the size that is to be measured.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "bulkhead/base/mapping.hpp"
#include "bulkhead/memory/region.hpp"
#include "bulkhead/queue/buffers.hpp"
#include "bulkhead/queue/pool.hpp"

namespace bulkhead::bench {

/// So large that pages of either size fill it.
inline Bytes whole_pages(Bytes size) {
  return round_up(size, 2_MiB);
}

/// Errors: `no_memory` if the system has no such pages to give.
inline Result<memory::Region> make_region(const std::string& name, Bytes size, PageSize pages) {
  BULKHEAD_TRY_ASSIGN(OwnedFd fd, create_sealed_memory(name, whole_pages(size), pages));
  return memory::Region::adopt(std::move(fd), whole_pages(size));
}

/// Errors: as above.
inline Result<std::shared_ptr<queue::Pool>> make_pool(queue::Pool::Options options,
                                                      PageSize pages) {
  const Bytes each = round_up(options.buffer_size, 64_B) + Bytes{queue::Buffers::headroom};
  const Bytes size = whole_pages(each * options.buffers);
  BULKHEAD_TRY_ASSIGN(OwnedFd fd, create_sealed_memory("frames", size, pages));
  return queue::Pool::adopt(std::move(fd), size, options);
}

}  // namespace bulkhead::bench
