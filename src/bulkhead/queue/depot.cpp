#include "bulkhead/queue/depot.hpp"

#include <algorithm>

#include "bulkhead/base/require.hpp"

namespace bulkhead::queue {
namespace {

constexpr unsigned number_bits = 16;
constexpr uint64_t number_mask = (1U << number_bits) - 1;

/// The head that follows `head`, with this bundle's number + 1.
constexpr uint64_t next_head(uint64_t head, uint32_t on_top) {
  return ((head >> number_bits) + 1) << number_bits | on_top;
}

}  // namespace

// All slots may be here, each user may have left one bundle that is not full, and each may have one
// in its hands that it has emptied.
Depot::Depot(uint32_t slots, uint32_t users) : bundles_((slots + bundle - 1) / bundle + 2 * users) {
  require(bundles_.size() < number_mask);
  for (uint32_t i = 0; i < bundles_.size(); ++i) empty_.push(bundles_, i);
}

void Depot::put(std::span<const Slot> slots) {
  const auto number = empty_.pop(bundles_);
  require(number.has_value());
  Bundle& here = bundles_[*number];
  here.count = static_cast<uint32_t>(slots.size());
  std::ranges::copy(slots, std::span{here.slots}.first(slots.size()).begin());
  full_.push(bundles_, *number);
}

uint32_t Depot::take(std::span<Slot, bundle> slots) {
  const auto number = full_.pop(bundles_);
  if (!number) return 0;
  const Bundle& here = bundles_[*number];
  const uint32_t count = here.count;
  std::ranges::copy(std::span{here.slots}.first(count), slots.begin());
  empty_.push(bundles_, *number);
  return count;
}

void Depot::Stack::push(std::span<Bundle> bundles, uint32_t number) {
  // Relaxed: this only proposes a head, which the exchange below finds to be right or not.
  uint64_t head = head_.load(std::memory_order_relaxed);
  do {
    bundles[number].below.store(static_cast<uint32_t>(head & number_mask),
                                std::memory_order_relaxed);
    // Release: whoever pops the bundle sees `below` and what we wrote into it (full), or no longer
    // disturbs what we read out of it (empty). The head is only ever changed by exchanges, so that
    // this release holds however many of them come between us and who pops it ([intro.races], a
    // release sequence).
  } while (!head_.compare_exchange_weak(head, next_head(head, number + 1),
                                        std::memory_order_release, std::memory_order_relaxed));
}

std::optional<uint32_t> Depot::Stack::pop(std::span<Bundle> bundles) {
  // Acquire, here and where the exchange fails: `below`, and later the bundle, are read as they
  // were when the bundle was pushed.
  uint64_t head = head_.load(std::memory_order_acquire);
  for (;;) {
    const auto on_top = static_cast<uint32_t>(head & number_mask);
    if (on_top == 0) return std::nullopt;
    // Relaxed, and perhaps another thread's by now, which has popped it and pushed it elsewhere:
    // then the head has changed, and the exchange fails.
    const uint32_t below = bundles[on_top - 1].below.load(std::memory_order_relaxed);
    if (head_.compare_exchange_weak(head, next_head(head, below), std::memory_order_acquire,
                                    std::memory_order_acquire))
      return on_top - 1;
  }
}

}  // namespace bulkhead::queue
