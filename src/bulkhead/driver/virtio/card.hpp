// What the network device says about itself (virtio 1.2, 5.1.4).
#pragma once

#include <cstdint>
#include <optional>

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/nic.hpp"
#include "bulkhead/driver/virtio/transport.hpp"

namespace bulkhead::virtio {

struct Card {
  driver::MacAddress mac;
  uint16_t queue_pairs;  ///< at most
  uint32_t mtu;          ///< at most
};

/// What the negotiated features say is there. A device without an address gets a random one.
/// Errors: `hostile_device` for a number that cannot be, `timeout` if it changes all the time.
Result<Card> read_card(Transport& transport, uint64_t features);

/// A device that does not tell its link's state has a link; one that does not tell its speed has
/// speed 0.
Result<driver::Link> read_link(Transport& transport, uint64_t features);

}  // namespace bulkhead::virtio
