#include "bulkhead/driver/e1000e/link.hpp"

#include "bulkhead/driver/e1000e/phy.hpp"

namespace bulkhead::e1000e {
namespace {

// The control register, IEEE 802.3, 22.2.4.1.
constexpr uint32_t phy_control = 0;
constexpr uint32_t restart_negotiation = bit(9);
constexpr uint32_t isolate = bit(10);
constexpr uint32_t power_down = bit(11);
constexpr uint32_t negotiate = bit(12);

Result<> wake_phy(Bar& bar) {
  BULKHEAD_TRY_ASSIGN(const uint32_t control, read_phy(bar, phy_control));
  if ((control & (negotiate | power_down | isolate)) == negotiate) return {};
  const uint32_t wanted = (control & ~(power_down | isolate)) | negotiate | restart_negotiation;
  return write_phy(bar, phy_control, static_cast<uint16_t>(wanted));
}

uint32_t speed_of(regs::Value<STATUS> status) {
  switch (status.get(status::SPEED)) {
    case 0b00:
      return 10;
    case 0b01:
      return 100;
    default:
      return 1'000;
  }
}

}  // namespace

Result<> start_link(Bar& bar) {
  const auto forced = ctrl::FRCSPD() | ctrl::FRCDPLX() | ctrl::GIO_MASTER_DISABLE() | ctrl::VME();
  bar.write((bar.read<CTRL>() & ~forced) | ctrl::SLU());
  BULKHEAD_TRY(take_phy(bar));
  const auto awake = wake_phy(bar);
  BULKHEAD_TRY(release_phy(bar));
  return awake;
}

Result<driver::Link> read_link(Bar& bar) {
  const auto status = bar.read<STATUS>();
  BULKHEAD_TRY(bar.health());
  if (!status.has(status::LU())) return driver::Link{};
  return driver::Link{.up = true, .megabits_per_second = speed_of(status)};
}

}  // namespace bulkhead::e1000e
