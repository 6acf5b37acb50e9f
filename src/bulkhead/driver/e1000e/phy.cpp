#include "bulkhead/driver/e1000e/phy.hpp"

#include <fmt/format.h>

namespace bulkhead::e1000e {
namespace {

using std::chrono::milliseconds;

constexpr uint32_t internal_phy = 1;
constexpr uint32_t op_write = 0b01;
constexpr uint32_t op_read = 0b10;

Result<regs::Value<MDIC>> transact(Bar& bar, uint32_t phy_register, regs::Value<MDIC> command) {
  bar.write(command | mdic::REGADD(phy_register) | mdic::PHYADD(internal_phy));
  // A frame of clause 22 takes 64 bits at 2.5 MHz.
  BULKHEAD_TRY(bar.wait_until_set(0, mdic::R(), milliseconds{10}, "the PHY did not answer"));
  const auto answer = bar.read<MDIC>();
  BULKHEAD_TRY(bar.health());
  if (answer.has(mdic::E()))
    return fail(ErrorCode::io,
                fmt::format("the PHY reports an error for its register {}", phy_register));
  return answer;
}

}  // namespace

Result<uint16_t> read_phy(Bar& bar, uint32_t phy_register) {
  BULKHEAD_TRY_ASSIGN(const auto answer, transact(bar, phy_register, mdic::OP(op_read)));
  return static_cast<uint16_t>(answer.get(mdic::DATA));
}

Result<> write_phy(Bar& bar, uint32_t phy_register, uint16_t value) {
  BULKHEAD_TRY(transact(bar, phy_register, mdic::OP(op_write) | mdic::DATA(value)));
  return {};
}

Result<> take_phy(Bar& bar) {
  // The bit stays clear when it is written while the firmware has its own set.
  const auto owned = [&bar] {
    bar.set(extcnf_ctrl::MDIO_SW_OWNERSHIP());
    return bar.read<EXTCNF_CTRL>().has(extcnf_ctrl::MDIO_SW_OWNERSHIP()) || !bar.health();
  };
  const bool taken = wait_until(owned, milliseconds{100}, milliseconds{1});
  BULKHEAD_TRY(bar.health());
  if (!taken)
    return fail(ErrorCode::timeout,
                "the firmware kept the PHY for 100 ms (EXTCNF_CTRL.MDIO_SW_OWNERSHIP)");
  return {};
}

Result<> release_phy(Bar& bar) {
  bar.clear(extcnf_ctrl::MDIO_SW_OWNERSHIP());
  return bar.health();
}

}  // namespace bulkhead::e1000e
