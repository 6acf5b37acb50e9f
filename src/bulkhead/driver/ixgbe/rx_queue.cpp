#include "bulkhead/driver/ixgbe/rx_queue.hpp"

namespace bulkhead::intel {

template class RxQueue<ixgbe::rx_descriptor::RXE>;

}  // namespace bulkhead::intel
