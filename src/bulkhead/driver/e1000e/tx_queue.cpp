#include "bulkhead/driver/e1000e/tx_queue.hpp"

namespace bulkhead::intel {

template class TxQueue<e1000e::DoneBits>;

}  // namespace bulkhead::intel
