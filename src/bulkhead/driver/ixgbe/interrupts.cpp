#include "bulkhead/driver/ixgbe/interrupts.hpp"

#include <algorithm>

namespace bulkhead::ixgbe {
namespace {

/// Between two interrupts of a vector. A port that is polled without a pause takes 5,000 of them a
/// second and spends about a hundredth of a core on them; one that sleeps is woken at once, unless
/// it was woken within this time.
constexpr uint32_t throttle_us = 200;
constexpr uint32_t interval_unit_us = 2;  // at 10 Gb/s, 8.2.3.5.12

void throttle(Bar& bar, uint32_t vector) {
  constexpr uint32_t interval = throttle_us / interval_unit_us;
  if (vector < EITR::count) {
    bar.write(vector, eitr::ITR_INTERVAL(interval) | eitr::CNT_WDIS());
  } else {
    bar.write(vector - EITR::count, eitr_high::ITR_INTERVAL(interval) | eitr_high::CNT_WDIS());
  }
}

}  // namespace

Result<> mask_interrupts(Bar& bar) {
  bar.write(regs::Value<EIMC>{mask(30, 0)});
  for (uint32_t i = 0; i < EIMC_EX::count; ++i) bar.write(i, regs::Value<EIMC_EX>{~0U});
  return bar.health();
}

Result<> enable_rx_interrupts(Bar& bar, uint32_t queues) {
  bar.write(gpie::MULTIPLE_MSIX() | gpie::OCD() | gpie::PBA_SUPPORT());
  bar.write(regs::Value<EIAC>{mask(15, 0)});
  for (uint32_t queue = 0; queue < queues; ++queue) {
    throttle(bar, queue);
    // An IVAR holds the vectors of two queues: rx and tx of the even one, then of the odd one.
    const auto ivar = bar.read<IVAR>(queue / 2);
    bar.write(queue / 2, queue % 2 == 0 ? ivar.with(ivar::RX_EVEN, queue) | ivar::RX_EVEN_VALID()
                                        : ivar.with(ivar::RX_ODD, queue) | ivar::RX_ODD_VALID());
  }
  for (uint32_t i = 0; i * 32 < queues; ++i) {
    const uint32_t vectors = std::min(queues - i * 32, 32U);
    bar.write(i, regs::Value<EIMS_EX>{mask(vectors - 1, 0)});
  }
  return bar.health();
}

}  // namespace bulkhead::ixgbe
