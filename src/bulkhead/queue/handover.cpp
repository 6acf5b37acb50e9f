#include "bulkhead/queue/handover.hpp"

#include <algorithm>
#include <utility>

#include "bulkhead/base/require.hpp"

namespace bulkhead::queue {

Handover::Handover(std::shared_ptr<Pool> from, std::shared_ptr<Pool> to)
    : from_(std::move(from)), to_(std::move(to)) {
  require(from_->shares_memory_with(*to_));
}

Handover::~Handover() {
  Batch rest{to_, Batch::most};
  while (take(rest) > 0) rest.clear();
}

uint32_t Handover::put(Batch& batch) {
  require(&batch.pool() == from_.get());
  const uint32_t first = put_.moved.load(std::memory_order_relaxed);  // our own
  // Acquire: the other side has read the handles that we write over.
  if (first - put_.seen + batch.size() > extent)
    put_.seen = taken_.moved.load(std::memory_order_acquire);
  const uint32_t count = std::min(batch.size(), extent - (first - put_.seen));
  for (uint32_t i = 0; i < count; ++i)
    handles_[Position::wrap(first + i).value()] = batch.handles()[i];
  // Release: who sees the count sees the handles, and the frames as we leave them.
  put_.moved.store(first + count, std::memory_order_release);
  batch.release_first(count);
  return count;
}

uint32_t Handover::take(Batch& batch) {
  require(&batch.pool() == to_.get());
  const uint32_t first = taken_.moved.load(std::memory_order_relaxed);  // our own
  // Acquire: the handles and frames that the count covers are seen.
  if (taken_.seen - first < batch.room()) taken_.seen = put_.moved.load(std::memory_order_acquire);
  const uint32_t count = std::min(batch.room(), taken_.seen - first);
  const auto out = batch.unused();
  for (uint32_t i = 0; i < count; ++i) out[i] = handles_[Position::wrap(first + i).value()];
  // Release: the handles were read before the other side may write over them.
  taken_.moved.store(first + count, std::memory_order_release);
  batch.grow(count);
  return count;
}

}  // namespace bulkhead::queue
