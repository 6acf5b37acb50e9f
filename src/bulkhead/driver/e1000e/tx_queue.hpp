// The 82574's tx queue: legacy descriptors, of which the device marks those that asked as done.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "bulkhead/driver/e1000e/descriptors.hpp"
#include "bulkhead/driver/intel/tx_queue.hpp"

namespace bulkhead {
namespace e1000e {

using intel::ring_size;

/// Descriptor write-back (7.2): DD in the last descriptor of each group of frames. One bit cannot
/// name a wrong descriptor: a device that sets it too early gets frames that it reads changed.
class DoneBits {
 public:
  static constexpr uint64_t RS = tx_descriptor::RS;
  static constexpr uint64_t frame(uint32_t length) { return tx_descriptor::frame(length); }

  void asked(intel::TxPosition last) {
    group_end_[group_.value()] = last;
    group_ = last + 1;
  }
  [[nodiscard]] std::optional<uint32_t> done(const intel::TxRing& ring, intel::TxPosition oldest,
                                             uint32_t /*in_flight*/) const {
    // `oldest` is always the first of a group: what is given back are whole groups.
    intel::TxPosition position = oldest;
    while (position != group_) {
      const auto end = group_end_[position.value()];
      if ((ring.load_high(end) & tx_descriptor::DD) == 0) break;
      position = end + 1;
    }
    return position.distance_from(oldest);
  }

 private:
  intel::TxPosition group_;  ///< the first descriptor behind the last that asked
  std::array<intel::TxPosition, ring_size> group_end_{};  ///< by the group's first descriptor
};

}  // namespace e1000e

extern template class intel::TxQueue<e1000e::DoneBits>;

namespace e1000e {

using TxQueue = intel::TxQueue<DoneBits>;

}  // namespace e1000e
}  // namespace bulkhead
