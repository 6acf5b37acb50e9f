// The 82574's rx queue (7.1.8), with extended or legacy descriptors.
#pragma once

#include <memory>

#include "bulkhead/driver/e1000e/descriptors.hpp"
#include "bulkhead/driver/intel/rx_queue.hpp"

namespace bulkhead {
namespace e1000e {

using intel::ring_size;
using ExtendedRxDescriptors = intel::ExtendedRxDescriptors<rx_descriptor::errors>;
using LegacyRxDescriptors = intel::LegacyRxDescriptors<legacy_rx_descriptor::errors>;
using ExtendedRxQueue = intel::RxQueueOn<ExtendedRxDescriptors>;
using LegacyRxQueue = intel::RxQueueOn<LegacyRxDescriptors>;

/// What intel::RxQueueOn is constructed with, and under the same conditions.
std::unique_ptr<intel::RxQueue> make_rx_queue(RxFormat format, intel::RxQueue::Ring ring,
                                              regs::Doorbell tail,
                                              std::shared_ptr<queue::Pool> pool, Iova buffers_at);

}  // namespace e1000e

extern template class intel::RxQueueOn<e1000e::ExtendedRxDescriptors>;
extern template class intel::RxQueueOn<e1000e::LegacyRxDescriptors>;

}  // namespace bulkhead
