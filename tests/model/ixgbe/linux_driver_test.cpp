// What the Linux kernel's ixgbe asks of a card and others do not. tests/guest runs the driver
// itself.
#include <set>

#include "tests/model/ixgbe/harness.hpp"

namespace bulkhead::model::ixgbe::test {
namespace {

uint16_t eeprom_word(Harness& h, uint32_t address) {
  h.write(0x10014, address << 2U | 1U);
  return static_cast<uint16_t>(h.read(0x10014) >> 16U);
}

TEST(LinuxDriver, FindsAnInitSequenceForEveryKindOfModule) {
  Harness h;
  uint32_t at = eeprom_word(h, 0x2B);
  ASSERT_NE(at, 0xFFFFU);
  std::set<uint16_t> kinds;
  for (++at; eeprom_word(h, at) != 0xFFFF && kinds.size() < 100; at += 2) {
    kinds.insert(eeprom_word(h, at));
    const uint32_t sequence = eeprom_word(h, at + 1);
    ASSERT_NE(sequence, 0xFFFFU);
    EXPECT_EQ(eeprom_word(h, sequence + 1), 0xFFFF) << "no values to write";
  }
  EXPECT_TRUE(kinds.contains(5)) << "SR and LR, first port";
}

TEST(LinuxDriver, SumsTheSectionsThatTheEepromPointsAt) {
  Harness h;
  auto sum = eeprom_word(h, 0x3F);
  for (uint32_t address = 0; address < 0x3F; ++address)
    sum = static_cast<uint16_t>(sum + eeprom_word(h, address));
  for (uint32_t pointer = 0x03; pointer < 0x0F; ++pointer) {
    const uint16_t section = eeprom_word(h, pointer);
    EXPECT_TRUE(section == 0 || section == 0xFFFF || section < 4096) << pointer;
    if (section == 0 || section == 0xFFFF) continue;
    for (uint32_t i = 1; i <= eeprom_word(h, section); ++i)
      sum = static_cast<uint16_t>(sum + eeprom_word(h, section + i));
  }
  EXPECT_EQ(sum, 0xBABA);
}

TEST(LinuxDriver, SeesFirmwareThatIsValid) {
  Harness h;
  EXPECT_NE(h.read(0x10148) & 1U << 15U, 0U) << "FWSM.FW_VAL";
}

TEST(LinuxDriver, SeesAModuleInTheCageOfAnSfpCardOnly) {
  Harness h;
  EXPECT_NE(h.read(0x20) & 4U, 0U);
  h.write(0x20, 1U << 10U);
  EXPECT_EQ(h.read(0x20) & 4U, 0U) << "the pin is an output now";
  Harness backplane{{.device_id = 0x10F7}};
  EXPECT_EQ(backplane.read(0x20) & 4U, 0U);
}

TEST(LinuxDriver, SeesAutonegotiationGoOnAfterARestart) {
  Harness h;
  h.set_bits(0x42A0, 1U << 12U);
  EXPECT_NE(h.read(0x42B0) & 0xF0000U, 0U) << "ANLP1's state";
}

TEST(LinuxDriver, IsToldThatThereIsNoIpsec) {
  Harness h;
  EXPECT_NE(h.read(0x8804) & 2U, 0U) << "SECTXSTAT.SECTX_OFF_DIS";
  EXPECT_NE(h.read(0x8D04) & 2U, 0U) << "SECRXSTAT.SECRX_OFF_DIS";
}

TEST(LinuxDriver, ProgramsFlowDirectorFiltersThatAreDoneAtOnce) {
  Harness h;
  EXPECT_EQ(h.read(0xEE00) & 8U, 0U);
  h.write(0xEE00, 0x1);
  EXPECT_EQ(h.read(0xEE00), 0x9U) << "initialized";
  h.write(0xEE2C, 0x8001);
  EXPECT_EQ(h.read(0xEE2C), 0x8000U) << "the command is over";
}

TEST(Loopback, TurnsFramesAroundAndLetsTheWireAlone) {
  Harness h;
  h.start_rx();
  h.start_tx();
  h.set_bits(hlreg0, 1U << 15U);
  h.wire->in.push_back(make_frame(100, 9));
  const auto frame = make_frame(60);
  h.put_tx_frame(0, frame);
  h.set_tx_tail(1);
  h.work();
  EXPECT_TRUE(h.wire->out.empty());
  EXPECT_TRUE(Harness::done(h.rx_status(0)));
  EXPECT_EQ(h.bytes_at(Harness::buffer_of(0), 60), frame);
  EXPECT_FALSE(Harness::done(h.rx_status(1)));

  h.write(hlreg0, h.read(hlreg0) & ~(1U << 15U));
  h.put_tx_frame(1, frame);
  h.set_tx_tail(2);
  h.work();
  EXPECT_EQ(h.wire->out.size(), 1U);
  EXPECT_EQ(h.bytes_at(Harness::buffer_of(1), 100), make_frame(100, 9)) << "it has waited";
}

TEST(Trap, LeavesNoRegisterToBeMapped) {
  Harness mapped;
  EXPECT_EQ(mapped.device->region(0).mappable.size(), 2U);
  Harness h{{.trap = true}};
  const auto region = h.device->region(0);
  EXPECT_EQ(region.size, 128U * 1024U);
  EXPECT_TRUE(region.mappable.empty());
  EXPECT_EQ(region.shared, -1);
  h.write(rx0 + r_length, 0xFFFFFFFF);
  EXPECT_EQ(h.read(rx0 + r_length), 0xFFF80U);
}

}  // namespace
}  // namespace bulkhead::model::ixgbe::test
