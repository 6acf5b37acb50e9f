// Setting up and stopping the receive and transmit units (datasheet 4.6.7, 4.6.8).
#pragma once

#include <chrono>
#include <cstdint>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/driver/ixgbe/registers.hpp"

namespace bulkhead::ixgbe {

/// Buffers, limits and offloads of the whole receive unit, which is left off. `largest_frame` is
/// with a VLAN tag and without CRC.
Result<> set_up_receive_unit(Bar& bar, uint32_t largest_frame);
/// One rx queue's ring of `ring_bytes` and its buffers of `buffer_size` bytes; it is left off.
Result<> set_up_rx_queue(Bar& bar, uint32_t queue, Iova ring, uint32_t ring_bytes,
                         uint32_t buffer_size);
Result<> enable_receive_unit(Bar& bar);
Result<> enable_rx_queue(Bar& bar, uint32_t queue);

Result<> set_up_transmit_unit(Bar& bar);
/// One tx queue's ring, and the word that the device writes its head to; it is left off.
Result<> set_up_tx_queue(Bar& bar, uint32_t queue, Iova ring, uint32_t ring_bytes, Iova head);
Result<> enable_transmit_unit(Bar& bar);
Result<> enable_tx_queue(Bar& bar, uint32_t queue);

/// Waits until the device has sent what the first `queues` tx queues hold; a link that is down may
/// never let it, so the limit's end is no error.
void finish_sending(Bar& bar, uint32_t queues, std::chrono::milliseconds limit);
/// Disables the first `queues` queue pairs and both units.
Result<> stop_queues(Bar& bar, uint32_t queues);

}  // namespace bulkhead::ixgbe
