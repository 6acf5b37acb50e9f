#include "bulkhead/driver/queue_plan.hpp"

#include <fmt/format.h>

#include "bulkhead/driver/intel/ring_memory.hpp"
#include "bulkhead/driver/virtio/queue_factory.hpp"

namespace bulkhead::driver {
namespace {

/// Whether [offset, offset + length) lies in `size` bytes and begins at a multiple of `step`.
bool fits(uint64_t offset, size_t length, Bytes size, size_t step) {
  return offset % step == 0 && offset <= size.value() && length <= size.value() - offset;
}

Result<> check_ring(const RingPlan& ring, std::span<const Bytes> pages, size_t doorbell) {
  if (ring.page >= pages.size() || !fits(ring.doorbell, doorbell, pages[ring.page], doorbell))
    return fail(ErrorCode::protocol, fmt::format("a plan's doorbell at {:#x} of page {} of {}",
                                                 ring.doorbell, ring.page, pages.size()));
  return {};
}

Result<> check_place(uint64_t offset, size_t length, Bytes rings, size_t step) {
  if (fits(offset, length, rings, step)) return {};
  return fail(ErrorCode::protocol, fmt::format("a plan's ring of {} bytes at {:#x} of {:#x}",
                                               length, offset, rings.value()));
}

Result<> check_virtio(const QueuePairPlan& plan, Bytes rings, std::span<const Bytes> pages) {
  const auto& agreed = plan.virtio;
  const virtio::RingKind kind{.packed = agreed.packed != 0,
                              .entries = plan.rx.entries,
                              .event_index = agreed.event_index != 0};
  if (!virtio::is_known(kind) || plan.tx.entries != plan.rx.entries)
    return fail(ErrorCode::protocol, fmt::format("a plan's rings of {} and {} entries",
                                                 plan.rx.entries, plan.tx.entries));
  if (agreed.packed > 1 || agreed.event_index > 1 || agreed.mergeable > 1 ||
      agreed.header > queue::Buffers::headroom || agreed.longest_frame > 0xFFFF)
    return fail(ErrorCode::protocol, "a plan with features that there are not");
  for (const auto& ring : {plan.rx, plan.tx}) {
    BULKHEAD_TRY(check_ring(ring, pages, sizeof(uint16_t)));
    BULKHEAD_TRY(check_place(ring.ring, virtio::bytes_of(kind), rings, 4096));
    if (ring.number > 0xFFFF)
      return fail(ErrorCode::protocol, fmt::format("a plan's queue {}", ring.number));
  }
  return {};
}

}  // namespace

Result<> check(const QueuePairPlan& plan, Bytes rings, std::span<const Bytes> pages) {
  switch (plan.family) {
    case QueueFamily::ixgbe:
      BULKHEAD_TRY(check_place(plan.tx_head, sizeof(uint32_t), rings, sizeof(uint32_t)));
      [[fallthrough]];
    case QueueFamily::e1000e:
    case QueueFamily::e1000e_legacy_rx:
      for (const auto& ring : {plan.rx, plan.tx}) {
        BULKHEAD_TRY(check_ring(ring, pages, sizeof(uint32_t)));
        BULKHEAD_TRY(check_place(ring.ring, intel::RingMemory::ring_bytes, rings, 128));
      }
      return {};
    case QueueFamily::virtio:
      return check_virtio(plan, rings, pages);
  }
  return fail(ErrorCode::protocol,
              fmt::format("a plan of family {}", static_cast<uint32_t>(plan.family)));
}

}  // namespace bulkhead::driver
