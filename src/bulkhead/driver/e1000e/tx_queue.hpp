// The 82574's tx queue: legacy descriptors, of which the device marks those that asked as done.
#pragma once

#include <cstdint>
#include <optional>

#include "bulkhead/driver/e1000e/descriptors.hpp"
#include "bulkhead/driver/intel/tx_queue.hpp"
#include "bulkhead/regs/window.hpp"

namespace bulkhead {
namespace e1000e {

using intel::ring_size;

/// Descriptor write-back (7.2): DD in the last descriptor of each row. One bit cannot
/// name a wrong descriptor: a device that sets it too early gets frames that it reads changed.
class DoneBits {
 public:
  using Tail = regs::Doorbell;
  static constexpr uint64_t RS = tx_descriptor::RS;
  static constexpr uint64_t frame(uint32_t length) { return tx_descriptor::frame(length); }

  static std::optional<uint32_t> done(const intel::TxRing& ring, intel::TxPosition oldest,
                                      uint32_t in_flight) {
    uint32_t done = 0;
    for (; done + intel::row_size <= in_flight; done += intel::row_size) {
      const auto last = oldest + (done + intel::row_size - 1);
      if ((ring[last].load_high() & tx_descriptor::DD) == 0) break;
    }
    return done;
  }
};

}  // namespace e1000e

extern template class intel::TxQueue<e1000e::DoneBits>;

namespace e1000e {

using TxQueue = intel::TxQueue<DoneBits>;

}  // namespace e1000e
}  // namespace bulkhead
