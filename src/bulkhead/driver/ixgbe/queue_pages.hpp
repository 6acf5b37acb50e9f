// The registers of the queues' two pages, which the process that runs the queues can write.
#pragma once

#include <cstdint>
#include <vector>

#include "bulkhead/bus/function.hpp"

namespace bulkhead::ixgbe {

/// Mapped, so that bringing queues to rest and starting them anew takes no message to a device that
/// another process serves.
class QueuePages {
 public:
  QueuePages() = default;
  QueuePages(bus::BarPages rx, bus::BarPages tx) : rx_(std::move(rx)), tx_(std::move(tx)) {}

  /// Whether the device has sent all that the first `queues` tx queues hold.
  [[nodiscard]] bool all_sent(uint32_t queues) const;
  /// Switches the first `queues` queue pairs off; any_enabled() tells when they are.
  void disable(uint32_t queues);
  [[nodiscard]] bool any_enabled(uint32_t queues) const;
  /// Empties the rings of the first `queues` queue pairs, which are at rest.
  void rewind(uint32_t queues);

  /// How the registers stand now is how they shall stand: heads, tails and the bits that enable
  /// queues aside. Of all queues of the pages, not only those in use: another one that was switched
  /// on would go on with DMA.
  void remember() { remembered_ = settings(); }
  /// Whether they still do, and no queue is enabled.
  [[nodiscard]] bool at_rest_as_remembered() const;

 private:
  [[nodiscard]] std::vector<uint32_t> settings() const;

  bus::BarPages rx_;
  bus::BarPages tx_;
  std::vector<uint32_t> remembered_;
};

}  // namespace bulkhead::ixgbe
