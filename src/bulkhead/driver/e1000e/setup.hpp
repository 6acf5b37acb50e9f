// Setting up and stopping the receive and transmit units.
#pragma once

#include <chrono>
#include <cstdint>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/driver/e1000e/descriptors.hpp"
#include "bulkhead/driver/e1000e/registers.hpp"

namespace bulkhead::e1000e {

/// The unit, its queue's ring of `ring_bytes` and buffers of `buffer_size` bytes, of which the
/// device uses whole KiB, at most 15. What is written back has the format `format`. `largest_frame`
/// is with a VLAN tag and without CRC. It is left off.
Result<> set_up_receive(Bar& bar, Iova ring, uint32_t ring_bytes, RxFormat format,
                        uint32_t buffer_size, uint32_t largest_frame);
Result<> enable_receive(Bar& bar);

/// The unit and its queue's ring; it is left off.
Result<> set_up_transmit(Bar& bar, Iova ring, uint32_t ring_bytes);
Result<> enable_transmit(Bar& bar);

/// Waits until the device has sent what the ring holds; a link that is down may never let it, so
/// the limit's end is no error.
void finish_sending(Bar& bar, std::chrono::milliseconds limit);
/// Switches both units off and lets them finish the frame that they are at.
Result<> stop_units(Bar& bar);

}  // namespace bulkhead::e1000e
