#include "bulkhead/driver/ixgbe/reset.hpp"

#include <thread>

namespace bulkhead::ixgbe {

using std::chrono::milliseconds;

Result<> mask_interrupts(Bar& bar) {
  bar.write(regs::Value<EIMC>{mask(30, 0)});
  return bar.health();
}

Result<> stop_dma(Bar& bar) {
  bar.set(ctrl::MASTER_DISABLE());
  return bar.wait_until_clear(0, status::MASTER_ENABLE(), milliseconds{100},
                              "DMA did not come to rest");
}

Result<> reset(Bar& bar) {
  // The master must be quiet before a reset (4.2.1.6.1). A device that was left in the middle of
  // things may not get there; then 5.2.5.3.2 has two resets in a row, more than 1 us apart.
  const bool quiet = stop_dma(bar).has_value();
  BULKHEAD_TRY(bar.health());
  for (int round = quiet ? 1 : 0; round < 2; ++round) {
    bar.set(ctrl::RST() | ctrl::LRST());
    BULKHEAD_TRY(bar.wait_until_clear(0, ctrl::RST() | ctrl::LRST(), milliseconds{100},
                                      "the reset did not end"));
    // 4.6.3.2: at least 10 ms after a global reset before the initialization goes on.
    std::this_thread::sleep_for(milliseconds{10});
  }
  return mask_interrupts(bar);
}

Result<> wait_until_ready(Bar& bar) {
  BULKHEAD_TRY(bar.wait_until_set(0, eec::AUTO_RD(), milliseconds{500}, "the EEPROM was not read"));
  return bar.wait_until_set(0, rdrxctl::DMAIDONE(), milliseconds{500}, "DMA was not initialized");
}

}  // namespace bulkhead::ixgbe
