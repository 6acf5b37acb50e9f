#include "bulkhead/driver/e1000e/rx_queue.hpp"

namespace bulkhead {

template class intel::RxQueueOn<e1000e::ExtendedRxDescriptors>;
template class intel::RxQueueOn<e1000e::LegacyRxDescriptors>;

namespace e1000e {

std::unique_ptr<intel::RxQueue> make_rx_queue(RxFormat format, intel::RxQueue::Ring ring,
                                              regs::Doorbell tail,
                                              std::shared_ptr<queue::Pool> pool, Iova buffers_at) {
  if (format == RxFormat::legacy)
    return std::make_unique<LegacyRxQueue>(ring, tail, std::move(pool), buffers_at);
  return std::make_unique<ExtendedRxQueue>(ring, tail, std::move(pool), buffers_at);
}

}  // namespace e1000e
}  // namespace bulkhead
