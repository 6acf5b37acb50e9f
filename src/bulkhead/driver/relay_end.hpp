// What a relay needs of a port's queue pair (net/relay.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bulkhead/base/units.hpp"
#include "bulkhead/regs/window.hpp"

namespace bulkhead::driver {

/// An input has the rx ring of its queue pair, an output the tx ring.
enum class RelaySide : uint8_t { input, output };

/// Rings whose device runs and has been told of no descriptor yet. They are the port's, and gone
/// with it.
struct RelayEnd {
  std::span<std::byte> rx_ring;
  regs::Doorbell rx_tail;
  std::span<std::byte> tx_ring;
  regs::Doorbell tx_tail;
  std::span<const std::byte> tx_head;  ///< the word that the device writes its tx head to
  Iova buffers_at;                     ///< where the device sees the pool's first buffer
};

}  // namespace bulkhead::driver
