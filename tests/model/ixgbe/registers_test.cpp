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

TEST(Registers, ComeUpWithTheDatasheetsValues) {
  struct Expected {
    const char* name;
    uint32_t offset;
    uint32_t value;
  };
  static constexpr std::array table{
      Expected{"DCA_RXCTRL[0]", 0x0100C, 0x0000B200},
      Expected{"DCA_RXCTRL[127]", 0x0DFCC, 0x0000B200},
      Expected{"RDRXCTL", 0x02F00, 0x00108808},
      Expected{"RXMEMWRAP", 0x03190, 0x88888888},
      Expected{"RTTDCS", 0x04900, 0x00C00000},
      Expected{"TXPBTHRESH[0]", 0x04950, 0x96},
      Expected{"TXPBTHRESH[1]", 0x04954, 0},
      Expected{"TXPBTHRESH[7]", 0x0496C, 0},
      Expected{"SECRXCTRL", 0x08D00, 0x00000001},
      Expected{"SECRXSTAT", 0x08D04, 0x2},
      Expected{"EEC", 0x10010, 0x00003310},
  };
  Harness h;
  for (const auto& [name, offset, value] : table) EXPECT_EQ(h.read(offset), value) << name;
  h.write(0x4950, 0x12);
  h.set_bits(ctrl, 1U << 26U);
  for (const auto& [name, offset, value] : table) EXPECT_EQ(h.read(offset), value) << name;
}

TEST(Registers, KeepWhatIsWrittenToThem) {
  struct Block {
    const char* name;
    uint32_t offset;
    uint32_t count;
    uint32_t value;
  };
  static constexpr std::array table{
      Block{"FCTTV", 0x03200, 4, 0x12345678},   Block{"FCRTL", 0x03220, 8, 0x8003FFE0},
      Block{"FCRTH", 0x03260, 8, 0x8003FFE0},   Block{"FCCFG", 0x03D00, 1, 0x18},
      Block{"PFVTCTL", 0x051B0, 1, 0x60001F81}, Block{"MTQC", 0x08120, 1, 0xF},
      Block{"MPSAR", 0x0A600, 256, 0x89ABCDEF}, Block{"FTQF", 0x0E600, 128, 0xFE003F1F},
      Block{"PFVLVF", 0x0F100, 64, 0x80000FFF}, Block{"PFVLVFB", 0x0F200, 128, 0x89ABCDEF},
      Block{"PFUTA", 0x0F400, 128, 0x89ABCDEF}, Block{"GCR_EXT", 0x11050, 1, 0x40000003},
      Block{"CORECTL", 0x14F00, 1, 0x0001FFFF},
  };
  Harness h;
  for (const auto& block : table) {
    const auto* line = find_register(block.offset);
    ASSERT_NE(line, nullptr) << block.name;
    EXPECT_EQ(line->name, block.name);
    EXPECT_EQ(line->count, block.count) << block.name;
    for (const uint32_t i : {0U, block.count - 1}) {
      h.write(block.offset + i * 4, block.value);
      EXPECT_EQ(h.read(block.offset + i * 4), block.value) << block.name << ' ' << i;
    }
  }
  EXPECT_EQ(h.device->trouble().unknown_registers, 0U);
}

TEST(Registers, TransmitEnableEnablesTheFirstQueueOnce) {
  Harness h;
  h.set_bits(dmatxctl, 1);
  EXPECT_EQ(h.read(tx0 + r_control) & enable, enable);
  EXPECT_EQ(h.read(tx0 + 0x40 + r_control) & enable, 0U);
  h.write(tx0 + r_control, 0);
  h.set_bits(dmatxctl, 1);
  EXPECT_EQ(h.read(tx0 + r_control) & enable, 0U) << "it was set already";
}

TEST(Registers, ReceiveSideScalingHasSecondAddresses) {
  struct Pair {
    uint32_t second;
    uint32_t first;
    uint32_t count;
  };
  Harness h;
  for (const auto& [second, first, count] :
       {Pair{0xEB00, 0x5C00, 32}, Pair{0xEB80, 0x5C80, 10}, Pair{0xEC80, 0x5818, 1}}) {
    for (uint32_t i = 0; i < count; ++i) {
      h.write(second + i * 4, i % 8 + 1);
      EXPECT_EQ(h.read(first + i * 4), i % 8 + 1);
      h.write(first + i * 4, 9);
      EXPECT_EQ(h.read(second + i * 4), 9U);
    }
  }
  EXPECT_EQ(h.device->trouble().unknown_registers, 0U);
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

TEST(Registers, TheReceivePathStopsOnlyWhileItIsToldTo) {
  Harness h;
  h.start_rx();
  h.wire->in.push_back(make_frame(60));
  h.work();
  EXPECT_TRUE(Harness::done(h.rx_status(0))) << "SECRXCTRL comes up as 1, which is not RX_DIS";
  h.set_bits(0x8D00, 2);
  EXPECT_EQ(h.read(0x8D04) & 1U, 1U) << "SECRX_RDY";
  h.wire->in.push_back(make_frame(60));
  h.work();
  EXPECT_FALSE(Harness::done(h.rx_status(1)));
  h.write(0x8D00, h.read(0x8D00) & ~2U);
  EXPECT_EQ(h.read(0x8D00), 1U);
  h.work();
  EXPECT_TRUE(Harness::done(h.rx_status(1)));
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
