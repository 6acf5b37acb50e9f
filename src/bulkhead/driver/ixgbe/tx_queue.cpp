#include "bulkhead/driver/ixgbe/tx_queue.hpp"

namespace bulkhead::intel {

template class TxQueue<ixgbe::HeadReport>;

}  // namespace bulkhead::intel
