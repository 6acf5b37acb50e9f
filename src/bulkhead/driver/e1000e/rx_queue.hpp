// The 82574's rx queue (7.1.8), with extended descriptors (7.1.4).
#pragma once

#include "bulkhead/driver/e1000e/descriptors.hpp"
#include "bulkhead/driver/intel/rx_queue.hpp"

namespace bulkhead {

extern template class intel::RxQueue<e1000e::rx_descriptor::errors>;

namespace e1000e {

using intel::ring_size;
using RxQueue = intel::RxQueue<rx_descriptor::errors>;

}  // namespace e1000e
}  // namespace bulkhead
