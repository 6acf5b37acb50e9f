// Forwarding in place: every frame is looked at once and sent from the buffer that it came into, or
// dropped. Faster than queues (net/port.hpp), for programs that keep no frames.
//
//   relay.run([](std::span<std::byte> frame) {
//     frame[1] = std::byte{2};
//     return is_broadcast(frame) ? To::output(0) | To::output(1) : To::output(0);
//   });
#pragma once

#include "bulkhead/driver/ixgbe/relay.hpp"

namespace bulkhead::net {

using ixgbe::To;
template <uint32_t outputs>
using Relay = ixgbe::Relay<outputs>;

}  // namespace bulkhead::net
