// The 82599's rx queue (7.1.9), with advanced one-buffer descriptors.
#pragma once

#include "bulkhead/driver/intel/rx_queue.hpp"
#include "bulkhead/driver/ixgbe/descriptors.hpp"

namespace bulkhead {

namespace ixgbe {

using intel::ring_size;
using RxDescriptors = intel::ExtendedRxDescriptors<rx_descriptor::RXE>;
using RxQueue = intel::RxQueueOn<RxDescriptors>;

}  // namespace ixgbe

extern template class intel::RxQueueOn<ixgbe::RxDescriptors>;

}  // namespace bulkhead
