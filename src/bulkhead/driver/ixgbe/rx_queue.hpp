// The 82599's rx queue (7.1.9), with advanced one-buffer descriptors.
#pragma once

#include "bulkhead/driver/intel/rx_queue.hpp"
#include "bulkhead/driver/ixgbe/descriptors.hpp"

namespace bulkhead {

extern template class intel::RxQueue<ixgbe::rx_descriptor::RXE>;

namespace ixgbe {

using intel::ring_size;
using RxQueue = intel::RxQueue<rx_descriptor::RXE>;

}  // namespace ixgbe
}  // namespace bulkhead
