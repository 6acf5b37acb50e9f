#include "bulkhead/driver/e1000e/reset.hpp"

#include <thread>

#include "bulkhead/driver/e1000e/interrupts.hpp"

namespace bulkhead::e1000e {

using std::chrono::milliseconds;

namespace {

/// Bits that the datasheet calls reserved, and that Intel's own driver sets or clears in every
/// 82574; those of GCR and GCR2 work around lost PCIe completions.
void set_reserved_bits(Bar& bar) {
  bar.clear(ctrl::reserved_29());
  bar.clear(ctrl_ext::reserved_23());
  bar.set(ctrl_ext::reserved_22());
  bar.set(tarc0::reserved_26());
  bar.set(gcr::reserved_22());
  bar.set(gcr2::reserved_0());
}

}  // namespace

Result<> stop_dma(Bar& bar) {
  bar.set(ctrl::GIO_MASTER_DISABLE());
  return bar.wait_until_clear(0, status::GIO_MASTER_ENABLE(), milliseconds{100},
                              "DMA did not come to rest");
}

Result<> reset(Bar& bar) {
  BULKHEAD_TRY(mask_interrupts(bar));
  bar.clear(rctl::EN());
  bar.clear(tctl::EN());
  // A master that does not come to rest is no reason not to reset it.
  static_cast<void>(stop_dma(bar));
  BULKHEAD_TRY(bar.health());
  bar.set(ctrl::RST());
  // No access for a moment, as after every global reset of Intel's families.
  std::this_thread::sleep_for(milliseconds{1});
  BULKHEAD_TRY(bar.wait_until_clear(0, ctrl::RST(), milliseconds{100}, "the reset did not end"));
  BULKHEAD_TRY(bar.wait_until_set(0, eec::AUTO_RD(), milliseconds{500}, "the EEPROM was not read"));
  // The PHY is configured from the EEPROM after that; nothing tells when it is done.
  std::this_thread::sleep_for(milliseconds{25});
  set_reserved_bits(bar);
  return mask_interrupts(bar);
}

}  // namespace bulkhead::e1000e
