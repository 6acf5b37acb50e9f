// The 82599's tx queue: legacy descriptors, and the device writes its head back to memory.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/driver/intel/tx_queue.hpp"
#include "bulkhead/driver/ixgbe/descriptors.hpp"
#include "bulkhead/queue/device_value.hpp"
#include "bulkhead/regs/window.hpp"

namespace bulkhead {
namespace ixgbe {

using intel::ring_size;

/// Head write-back (TDWBAL, 7.2.3.5.2).
class HeadReport {
 public:
  using Tail = regs::Doorbell;
  static constexpr uint64_t RS = tx_descriptor::RS;
  static constexpr uint64_t frame(uint32_t length) { return tx_descriptor::frame(length); }

  /// `head` is the word that the device writes its head to.
  explicit HeadReport(std::span<const std::byte, 4> head) : head_(head) {}

  [[nodiscard]] std::optional<uint32_t> done(const intel::TxRing& /*ring*/,
                                             intel::TxPosition oldest, uint32_t in_flight) const {
    const queue::DeviceValue written{shared::load_acquire<uint32_t>(head_, 0)};
    const auto head = written.in_ring<ring_size>();
    if (!head || head->distance_from(oldest) > in_flight) return std::nullopt;
    return head->distance_from(oldest);
  }

 private:
  std::span<const std::byte, 4> head_;
};

}  // namespace ixgbe

extern template class intel::TxQueue<ixgbe::HeadReport>;

namespace ixgbe {

using TxQueue = intel::TxQueue<HeadReport>;

}  // namespace ixgbe
}  // namespace bulkhead
