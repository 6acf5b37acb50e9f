// The registers of the queues' two pages, which the process that runs the queues can write.
#pragma once

#include <cstdint>
#include <vector>

#include "bulkhead/bus/function.hpp"

namespace bulkhead::ixgbe {

/// Of all queues of the pages, not only those in use: another one that was switched on would go on
/// with DMA.
class QueuePages {
 public:
  QueuePages() = default;
  QueuePages(bus::BarPages rx, bus::BarPages tx) : rx_(std::move(rx)), tx_(std::move(tx)) {}

  /// How the registers stand now is how they shall stand: heads, tails and the bits that enable
  /// queues aside.
  void remember() { remembered_ = settings(); }
  /// Whether they still do, and no queue is enabled.
  [[nodiscard]] bool at_rest_as_remembered() const {
    return !any_enabled() && settings() == remembered_;
  }

 private:
  [[nodiscard]] std::vector<uint32_t> settings() const;
  [[nodiscard]] bool any_enabled() const;

  bus::BarPages rx_;
  bus::BarPages tx_;
  std::vector<uint32_t> remembered_;
};

}  // namespace bulkhead::ixgbe
