#include "bulkhead/driver/ixgbe/rx_queue.hpp"

namespace bulkhead::intel {

template class RxQueueOn<ixgbe::RxDescriptors>;

}  // namespace bulkhead::intel
