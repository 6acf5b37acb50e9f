#include "bulkhead/driver/ixgbe/reset.hpp"

#include <thread>

#include "bulkhead/driver/ixgbe/interrupts.hpp"

namespace bulkhead::ixgbe {

using std::chrono::milliseconds;

Result<> stop_dma(Bar& bar) {
  bar.set(ctrl::MASTER_DISABLE());
  return bar.wait_until_clear(0, status::MASTER_ENABLE(), milliseconds{100},
                              "DMA did not come to rest");
}

namespace {

Result<> reset_once(Bar& bar) {
  bar.set(ctrl::RST() | ctrl::LRST());
  // 8.2.3.1.1: no access for about 1 ms.
  std::this_thread::sleep_for(milliseconds{1});
  BULKHEAD_TRY(bar.wait_until_clear(0, ctrl::RST() | ctrl::LRST(), milliseconds{100},
                                    "the reset did not end"));
  // 4.6.3.2: at least 10 ms after a global reset before the initialization goes on.
  std::this_thread::sleep_for(milliseconds{10});
  return bar.health();
}

/// 5.2.5.3.2: lets go of what is still inside of a device whose master does not come to rest.
Result<> flush_buffers(Bar& bar) {
  bar.set(hlreg0::LPBK());
  bar.clear(rxctrl::RXEN());
  bar.set(gcr_ext::BUFFERS_CLEAR());
  std::this_thread::sleep_for(std::chrono::microseconds{20});
  bar.clear(hlreg0::LPBK());
  bar.clear(gcr_ext::BUFFERS_CLEAR());
  return bar.health();
}

}  // namespace

Result<> reset(Bar& bar) {
  // The master must be quiet before a reset (4.2.1.6.1), and receiving off before that (5.2.5.3.2).
  bar.clear(rxctrl::RXEN());
  for (uint32_t queue = 0; queue < most_queues; ++queue) bar.clear(queue, rxdctl::ENABLE());
  const bool quiet = stop_dma(bar).has_value();
  BULKHEAD_TRY(bar.health());
  if (!quiet) {
    // Then 5.2.5.3.2 has two resets in a row.
    BULKHEAD_TRY(flush_buffers(bar));
    BULKHEAD_TRY(reset_once(bar));
  }
  BULKHEAD_TRY(reset_once(bar));
  return mask_interrupts(bar);
}

Result<> wait_until_ready(Bar& bar) {
  BULKHEAD_TRY(bar.wait_until_set(0, eec::AUTO_RD(), milliseconds{500}, "the EEPROM was not read"));
  return bar.wait_until_set(0, rdrxctl::DMAIDONE(), milliseconds{500}, "DMA was not initialized");
}

}  // namespace bulkhead::ixgbe
