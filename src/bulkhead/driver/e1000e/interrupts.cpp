#include "bulkhead/driver/e1000e/interrupts.hpp"

namespace bulkhead::e1000e {
namespace {

/// Between two interrupts, as in the 10-gigabit families; EITR counts 256 ns.
constexpr uint32_t throttle_us = 200;
constexpr uint32_t throttle_interval = throttle_us * 1000 / 256;

}  // namespace

Result<> mask_interrupts(Bar& bar) {
  bar.write(regs::Value<IMC>{~0U});
  static_cast<void>(bar.read<ICR>());
  return bar.health();
}

Result<> enable_rx_interrupt(Bar& bar) {
  bar.write(0, eitr::INTERVAL(throttle_interval));
  bar.write(ivar::RXQ0(0) | ivar::RXQ0_VALID());
  bar.write(eiac::RXQ0());
  // A raised vector must not mask its cause. EIAME would do so by IAM; with IAME, an access to ICR
  // would, of which there is none, and QEMU's model masks what EIAC clears unless it is set.
  bar.write(regs::Value<IAM>{});
  bar.clear(ctrl_ext::EIAME());
  bar.set(ctrl_ext::IAME() | ctrl_ext::PBA_SUPPORT());
  bar.write(ims::RXQ0());
  return bar.health();
}

}  // namespace bulkhead::e1000e
