#include "bulkhead/driver/e1000e/rx_queue.hpp"

namespace bulkhead::intel {

template class RxQueue<e1000e::rx_descriptor::errors>;

}  // namespace bulkhead::intel
