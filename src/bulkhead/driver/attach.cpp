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

template <class RxQueue>
std::unique_ptr<queue::RxQueue> attach_rx(const QueuePairPlan& plan, const MappedPieces& pieces,
                                          const std::shared_ptr<queue::Pool>& pool) {
  auto rx = std::make_unique<RxQueue>(typename RxQueue::Ring{ring_at(plan.rx, pieces)},
                                      doorbell(plan.rx, pieces), pool, Iova{plan.buffers_at});
  rx->start();
  return rx;
}

QueuePair attach_ixgbe(const QueuePairPlan& plan, const MappedPieces& pieces,
                       const std::shared_ptr<queue::Pool>& pool) {
  const auto head = pieces.rings.subspan(plan.tx_head).first<sizeof(uint32_t)>();
  shared::store_release<uint32_t>(head, 0, 0);  // whoever was here before has left another
  auto tx = std::make_unique<ixgbe::TxQueue>(ixgbe::TxQueue::Ring{ring_at(plan.tx, pieces)},
                                             doorbell(plan.tx, pieces), ixgbe::HeadReport{head},
                                             pool, Iova{plan.buffers_at});
  return {.rx = attach_rx<ixgbe::RxQueue>(plan, pieces, pool), .tx = std::move(tx)};
}

QueuePair attach_e1000e(const QueuePairPlan& plan, const MappedPieces& pieces,
                        const std::shared_ptr<queue::Pool>& pool) {
  auto tx = std::make_unique<e1000e::TxQueue>(e1000e::TxQueue::Ring{ring_at(plan.tx, pieces)},
                                              doorbell(plan.tx, pieces), e1000e::DoneBits{}, pool,
                                              Iova{plan.buffers_at});
  return {.rx = attach_rx<e1000e::RxQueue>(plan, pieces, pool), .tx = std::move(tx)};
}

Result<> check_pool(const queue::Pool& pool, uint32_t rx_entries) {
  if (pool.available() >= rx_entries) return {};
  return fail(
      ErrorCode::invalid_argument,
      fmt::format("a pool with {} free buffers for a ring of {}", pool.available(), rx_entries));
}

}  // namespace

Result<QueuePair> attach(const QueuePairPlan& plan, const MappedPieces& pieces,
                         std::shared_ptr<queue::Pool> pool, OwnedFd event) {
  std::vector<Bytes> sizes;
  for (const auto page : pieces.pages) sizes.emplace_back(page.size());
  BULKHEAD_TRY(check(plan, Bytes{pieces.rings.size()}, sizes));
  QueuePair pair;
  switch (plan.family) {
    case QueueFamily::ixgbe:
      BULKHEAD_TRY(check_pool(*pool, intel::ring_size));
      pair = attach_ixgbe(plan, pieces, pool);
      break;
    case QueueFamily::e1000e:
      BULKHEAD_TRY(check_pool(*pool, intel::ring_size));
      pair = attach_e1000e(plan, pieces, pool);
      break;
    case QueueFamily::virtio:
      break;
  }
  pair.rx->set_event(std::move(event));
  return pair;
}

}  // namespace bulkhead::driver
