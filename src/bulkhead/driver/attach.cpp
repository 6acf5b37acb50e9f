#include "bulkhead/driver/attach.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/driver/e1000e/rx_queue.hpp"
#include "bulkhead/driver/e1000e/tx_queue.hpp"
#include "bulkhead/driver/intel/ring_memory.hpp"
#include "bulkhead/driver/ixgbe/rx_queue.hpp"
#include "bulkhead/driver/ixgbe/tx_queue.hpp"
#include "bulkhead/driver/virtio/queue_factory.hpp"

namespace bulkhead::driver {
namespace {

using intel::RingMemory;
constexpr auto intel_ring = RingMemory::ring_bytes;

regs::Doorbell doorbell(const RingPlan& ring, const MappedPieces& pieces) {
  return {pieces.pages[ring.page], ring.doorbell};
}

std::span<std::byte, intel_ring> ring_at(const RingPlan& ring, const MappedPieces& pieces) {
  return pieces.rings.subspan(ring.ring).first<intel_ring>();
}

std::span<std::byte> head_word(const QueuePairPlan& plan, const MappedPieces& pieces) {
  if (plan.family != QueueFamily::ixgbe) return {};
  return pieces.rings.subspan(plan.tx_head, sizeof(uint32_t));
}

template <class Rx, class Tx, class Report>
class IntelQueues final : public AttachedQueues {
 public:
  IntelQueues(const QueuePairPlan& plan, const MappedPieces& pieces,
              const std::shared_ptr<queue::Pool>& pool, Report report)
      : rx_(typename Rx::Ring{ring_at(plan.rx, pieces)}, doorbell(plan.rx, pieces), pool,
            Iova{plan.buffers_at}),
        tx_(typename Tx::Ring{ring_at(plan.tx, pieces)}, doorbell(plan.tx, pieces), report, pool,
            Iova{plan.buffers_at}),
        head_(head_word(plan, pieces)) {}

  [[nodiscard]] queue::RxQueue& rx() override { return rx_; }
  [[nodiscard]] queue::TxQueue& tx() override { return tx_; }
  [[nodiscard]] uint32_t most_buffers() const override {
    return intel::ring_size + Tx::most_in_flight;
  }
  void start() override {
    // Whoever ran the queue before has left a head there.
    if (!head_.empty()) shared::store_release<uint32_t>(head_, 0, 0);
    rx_.start();
  }

 private:
  Rx rx_;
  Tx tx_;
  std::span<std::byte> head_;
};

using IxgbeQueues = IntelQueues<ixgbe::RxQueue, ixgbe::TxQueue, ixgbe::HeadReport>;
template <class Rx>
using E1000eQueues = IntelQueues<Rx, e1000e::TxQueue, e1000e::DoneBits>;

virtio::LateQueue virtio_queue(const QueuePairPlan& plan, const RingPlan& ring,
                               const MappedPieces& pieces,
                               const std::shared_ptr<queue::Pool>& pool) {
  const regs::Doorbell16 word{pieces.pages[ring.page], ring.doorbell};
  return {.memory = pieces.rings.subspan(ring.ring),
          .setup = {.notifier = virtio::Notifier{word, static_cast<uint16_t>(ring.number)},
                    .pool = pool,
                    .buffers_at = Iova{plan.buffers_at},
                    .header = plan.virtio.header,
                    .longest_frame = plan.virtio.longest_frame,
                    .mergeable = plan.virtio.mergeable != 0}};
}

std::unique_ptr<AttachedQueues> attach_virtio(const QueuePairPlan& plan, const MappedPieces& pieces,
                                              const std::shared_ptr<queue::Pool>& pool) {
  return virtio::make_late_queues({.packed = plan.virtio.packed != 0,
                                   .entries = plan.rx.entries,
                                   .event_index = plan.virtio.event_index != 0},
                                  virtio_queue(plan, plan.rx, pieces, pool),
                                  virtio_queue(plan, plan.tx, pieces, pool));
}

Result<> check_pool(const queue::Pool& pool, uint32_t rx_entries) {
  if (pool.available() >= rx_entries) return {};
  return fail(
      ErrorCode::invalid_argument,
      fmt::format("a pool with {} free buffers for a ring of {}", pool.available(), rx_entries));
}

}  // namespace

Result<std::unique_ptr<AttachedQueues>> attach(const QueuePairPlan& plan,
                                               const MappedPieces& pieces,
                                               std::shared_ptr<queue::Pool> pool, OwnedFd event) {
  std::vector<Bytes> sizes;
  for (const auto page : pieces.pages) sizes.emplace_back(page.size());
  BULKHEAD_TRY(check(plan, Bytes{pieces.rings.size()}, sizes));
  std::unique_ptr<AttachedQueues> queues;
  switch (plan.family) {
    case QueueFamily::ixgbe:
      BULKHEAD_TRY(check_pool(*pool, intel::ring_size));
      queues = std::make_unique<IxgbeQueues>(
          plan, pieces, pool, ixgbe::HeadReport{head_word(plan, pieces).first<sizeof(uint32_t)>()});
      break;
    case QueueFamily::e1000e:
      BULKHEAD_TRY(check_pool(*pool, intel::ring_size));
      queues = std::make_unique<E1000eQueues<e1000e::ExtendedRxQueue>>(plan, pieces, pool,
                                                                       e1000e::DoneBits{});
      break;
    case QueueFamily::e1000e_legacy_rx:
      BULKHEAD_TRY(check_pool(*pool, intel::ring_size));
      queues = std::make_unique<E1000eQueues<e1000e::LegacyRxQueue>>(plan, pieces, pool,
                                                                     e1000e::DoneBits{});
      break;
    case QueueFamily::virtio:
      BULKHEAD_TRY(check_pool(*pool, plan.rx.entries));
      if (plan.virtio.longest_frame > pool->buffer_size())
        return fail(ErrorCode::protocol, "a plan with frames longer than its buffers");
      queues = attach_virtio(plan, pieces, pool);
      break;
  }
  queues->rx().set_event(std::move(event));
  return queues;
}

}  // namespace bulkhead::driver
