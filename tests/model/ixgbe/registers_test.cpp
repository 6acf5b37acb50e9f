#include "model/ixgbe/registers.hpp"

#include <set>

#include <nlohmann/json.hpp>

#include "tests/model/ixgbe/harness.hpp"

namespace bulkhead::model::ixgbe::test {
namespace {

TEST(RegisterBook, EveryLineSaysWhereAndWhat) {
  for (const auto& line : book()) {
    EXPECT_FALSE(line.name.empty());
    EXPECT_GT(line.count, 0U) << line.name;
    EXPECT_TRUE(line.section.starts_with("8.2.3.")) << line.name;
    EXPECT_EQ(find_register(line.offset), &line) << line.name;
    EXPECT_EQ(find_register(line.offset + (line.count - 1) * line.stride), &line) << line.name;
  }
}

TEST(RegisterBook, AliasesLeadToRegisters) {
  EXPECT_EQ(resolve_alias(0x2100 + 4 * 15), 0x1014U + 0x40 * 15);
  EXPECT_EQ(resolve_alias(0x2140), 0x2140U);
  EXPECT_EQ(resolve_alias(0x5404 + 8), 0xA204U + 8);
  for (const auto& alias : aliases()) EXPECT_NE(find_register(alias.target_offset), nullptr);
}

TEST(Registers, ResetsClearThemselvesAndRestoreWhatPowerOnSets) {
  for (const uint32_t bits : {1U << 26U, 1U << 3U, 1U << 26U | 1U << 3U}) {
    Harness h;
    h.start_rx();
    h.write(0x5080, 0x700);
    h.set_bits(ctrl, bits);
    EXPECT_EQ(h.read(ctrl) & bits, 0U);
    EXPECT_EQ(h.read(0x5080), 0U);
    for (uint32_t queue = 0; queue < 128; ++queue) {
      EXPECT_EQ(h.read(rx_queue_offset(queue) + r_control) & enable, 0U) << queue;
      EXPECT_EQ(h.read(tx_queue_offset(queue) + r_control) & enable, 0U) << queue;
    }
  }
}

TEST(Registers, EepromIsThereAndItsWordsSumToBABA) {
  Harness h;
  EXPECT_EQ(h.read(0x10010) & 0x300U, 0x300U);  // EEC.ARD and PRES
  uint16_t sum = 0;
  std::array<uint16_t, 3> mac{};
  for (uint32_t address = 0; address <= 0x3F; ++address) {
    h.write(0x10014, address << 2U | 1U);
    const uint32_t eerd = h.read(0x10014);
    EXPECT_EQ(eerd & 3U, 2U) << "done, no longer started";
    sum = static_cast<uint16_t>(sum + (eerd >> 16U));
    if (address < 3) mac.at(address) = static_cast<uint16_t>(eerd >> 16U);
  }
  EXPECT_EQ(sum, 0xBABA);
  EXPECT_EQ(mac[0] | mac[1] << 16U, h.read(0xA200));
  EXPECT_EQ(mac[2] | 1U << 31U, h.read(0xA204));
  EXPECT_EQ(h.read(0x5400), h.read(0xA200));
}

TEST(Registers, SemaphoresAreMemoryAndReadingTakesTheFirst) {
  Harness h;
  EXPECT_EQ(h.read(0x10140) & 1U, 0U) << "SMBI was free";
  EXPECT_EQ(h.read(0x10140) & 1U, 1U) << "and is taken by having been read";
  h.write(0x10140, 2);
  EXPECT_EQ(h.read(0x10140) & 2U, 2U);
  h.write(0x10140, 0);
  EXPECT_EQ(h.read(0x10140), 0U);
  h.write(0x10160, 0x25);
  EXPECT_EQ(h.read(0x10160), 0x25U);
  EXPECT_EQ(h.read(0x10148) & 0x01F80000U, 0U) << "FWSM.EXT_ERR_IND";
}

TEST(Registers, DmaInitDoneSurvivesReadModifyWrite) {
  Harness h;
  EXPECT_NE(h.read(0x2F00) & 8U, 0U);
  h.write(0x2F00, 0x2);
  EXPECT_EQ(h.read(0x2F00) & 0xAU, 0xAU);
}

TEST(Registers, LinkIsUpAtTenGigabitWhenTheWireIs) {
  Harness h;
  h.work();
  EXPECT_EQ(h.read(0x42A4) & 0x70000000U, 0x70000000U);
  h.wire->up = false;
  EXPECT_EQ(h.read(0x42A4) & 0x40000000U, 0U);
}

TEST(Registers, MasterDisableIsShownInStatusAndStopsDma) {
  Harness h;
  h.start_rx();
  EXPECT_NE(h.read(status) & 1U << 19U, 0U);
  h.set_bits(ctrl, 1U << 2U);
  EXPECT_EQ(h.read(status) & 1U << 19U, 0U);
  h.wire->in.push_back(make_frame(60));
  h.work();
  EXPECT_FALSE(Harness::done(h.rx_status(0)));
}

TEST(Registers, SecurityEnginesReportThatTheyStopped) {
  Harness h;
  EXPECT_EQ(h.read(0x8D04) & 1U, 0U);
  h.write(0x8D00, 2);
  EXPECT_EQ(h.read(0x8D04) & 1U, 1U);
  h.write(0x8800, 2);
  EXPECT_EQ(h.read(0x8804) & 1U, 1U);
  h.write(0x8D00, 0);
  EXPECT_EQ(h.read(0x8D04) & 1U, 0U);
}

TEST(Registers, FirstQueuesHaveSecondAddresses) {
  Harness h;
  for (uint32_t n = 0; n < 16; ++n) {
    h.write(0x2100 + 4 * n, 0x02000003 + n);
    EXPECT_EQ(h.read(0x1014 + 0x40 * n), 0x02000003 + n);
    h.write(0x100C + 0x40 * n, 0x1000 + n);
    EXPECT_EQ(h.read(0x2200 + 4 * n), 0x1000 + n);
  }
}

TEST(Registers, MdioCommandsEnd) {
  Harness h;
  h.write(0x425C, 1U << 30U | 3U << 26U);
  EXPECT_EQ(h.read(0x425C) & 1U << 30U, 0U);
  EXPECT_EQ(h.read(0x4260) >> 16U, 0xFFFFU) << "nobody answers";
}

TEST(Registers, UnknownOnesReadZeroAndAreCounted) {
  Harness h;
  EXPECT_EQ(h.read(0x1FFFC), 0U);
  h.write(0x00004, 0xFFFFFFFF);
  EXPECT_EQ(h.read(0x00004), 0U);
  EXPECT_EQ(h.device->trouble().unknown_registers, 3U);
}

TEST(Registers, ReadOnlyBitsStay) {
  Harness h;
  const uint32_t before = h.read(status);
  h.write(status, ~before);
  EXPECT_EQ(h.read(status), before);
}

TEST(Registers, AnyAccessSizeIsSurvived) {
  Harness h;
  std::vector<std::byte> all(128 * 1024);
  EXPECT_TRUE(h.device->read_region(0, 0, all));
  EXPECT_TRUE(h.device->write_region(0, 0, all));
  for (size_t length = 0; length < 12; ++length)
    for (uint64_t offset = 0; offset < 8; ++offset) {
      EXPECT_TRUE(h.device->read_region(0, offset, std::span{all}.first(length)));
      EXPECT_TRUE(h.device->write_region(0, offset, std::span{all}.first(length)));
    }
  EXPECT_FALSE(h.device->read_region(0, 128 * 1024, std::span{all}.first(1)));
  EXPECT_FALSE(h.device->write_region(0, ~0ULL, std::span{all}.first(4)));
  EXPECT_FALSE(h.device->read_region(1, 0, std::span{all}.first(4)));
}

TEST(Registers, EightByteAccessesAreTwoRegisters) {
  Harness h;
  EXPECT_TRUE(h.device->write_region(0, 0x1000, to_bytes(uint64_t{0x0000000212345680})));
  EXPECT_EQ(h.read(0x1000), 0x12345680U);
  EXPECT_EQ(h.read(0x1004), 2U);
}

TEST(Report, IsJson) {
  Harness h;
  h.read(0x1FFFC);
  const auto json = nlohmann::json::parse(h.device->report(), nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  EXPECT_EQ(json["unknown_registers"], 1);
  EXPECT_EQ(json["trouble"].size(), 1U);
}

}  // namespace
}  // namespace bulkhead::model::ixgbe::test
