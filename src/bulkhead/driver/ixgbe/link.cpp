#include "bulkhead/driver/ixgbe/link.hpp"

namespace bulkhead::ixgbe {
namespace {

// LINKS.LINK_SPEED, 8.2.3.22.20. The X550 adds a bit that turns 10G into 2.5G and 100M into 5G
// (X550 datasheet, LINKS).
uint32_t speed_of(regs::Value<LINKS> links, Family family) {
  const bool other_speed = family == Family::x550 && links.get(links::NON_STD) != 0;
  switch (links.get(links::SPEED)) {
    case 0b11:
      return other_speed ? 2'500 : 10'000;
    case 0b10:
      return 1'000;
    case 0b01:
      return other_speed ? 5'000 : 100;
    default:
      return 0;  // reserved
  }
}

}  // namespace

Result<> start_link(Bar& bar, Family family) {
  // The copper parts' firmware negotiates by itself after a reset.
  if (family == Family::i82599) bar.set(autoc::RESTART_AN());
  return bar.health();
}

Result<driver::Link> read_link(Bar& bar, Family family) {
  const auto links = bar.read<LINKS>();
  BULKHEAD_TRY(bar.health());
  if (!links.has(links::UP())) return driver::Link{};
  return driver::Link{.up = true, .megabits_per_second = speed_of(links, family)};
}

}  // namespace bulkhead::ixgbe
