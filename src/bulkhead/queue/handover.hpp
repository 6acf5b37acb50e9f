// Frames on their way from one core to another.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "bulkhead/base/index.hpp"
#include "bulkhead/queue/batch.hpp"
#include "bulkhead/queue/pool.hpp"

namespace bulkhead::queue {

/// One thread puts frames in, another one takes them out, in order. A frame that was taken is the
/// other core's: its buffer goes back to that core's pool.
///
///   auto pools = Pool::create_for_cores({.buffers = 4096}, 2);
///   Handover handover{(*pools)[0], (*pools)[1]};
class Handover {
 public:
  static constexpr uint32_t extent = 1024;

  /// Both pools are of one create_for_cores() (a trap otherwise).
  Handover(std::shared_ptr<Pool> from, std::shared_ptr<Pool> to);
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;
  Handover(Handover&&) = delete;
  Handover& operator=(Handover&&) = delete;
  /// What is still on its way goes to the pool that it was on its way to: neither thread uses the
  /// handover any more, nor that pool.
  ~Handover();

  /// For the one thread: takes frames off the batch's front; returns how many. What does not fit
  /// stays. The batch is of the pool `from` (a trap otherwise).
  uint32_t put(Batch& batch);
  /// For the other: appends frames to the batch, as many as there are and it has room for; returns
  /// how many. The batch is of the pool `to` (a trap otherwise).
  uint32_t take(Batch& batch);

 private:
  using Position = Index<extent>;

  std::shared_ptr<Pool> from_;
  std::shared_ptr<Pool> to_;
  std::array<Handle, extent> handles_{};
  // Counts since the start, which run freely. Each side's own are in a line of their own, beside
  // what it has last seen of the other side's: it looks at that again only when it needs more.
  struct alignas(64) Side {
    std::atomic<uint32_t> moved{0};
    uint32_t seen = 0;
  };
  Side put_;
  Side taken_;
};

}  // namespace bulkhead::queue
