#include "bulkhead/driver/e1000e/link.hpp"

#include <gtest/gtest.h>

#include "bulkhead/driver/e1000e/phy.hpp"

#include "tests/driver/intel/fake_function.hpp"

namespace bulkhead::e1000e {
namespace {

using intel::FakeBar;

/// A PHY behind MDIC whose control register holds `control`.
struct FakePhy : FakeBar {
  explicit FakePhy(uint32_t control) {
    function->on_read[MDIC::offset] = [this, control] {
      const regs::Value<MDIC> command{function->registers[MDIC::offset]};
      const auto answer =
          command.get(mdic::OP) == 0b10 ? command.with(mdic::DATA, control) : command;
      return (answer | mdic::R()).bits();
    };
  }
  [[nodiscard]] std::vector<uint32_t> commands() const {
    std::vector<uint32_t> found;
    for (const auto& [offset, value] : function->writes)
      if (offset == MDIC::offset) found.push_back(value);
    return found;
  }
};

TEST(Link82574, SpeedsAreThoseOfTheStatusRegister) {
  FakeBar fake;
  const auto speed = [&](uint32_t status) {
    fake.function->registers[STATUS::offset] = status;
    const auto link = read_link(fake.bar);
    return link && link->up ? link->megabits_per_second : 0;
  };
  EXPECT_EQ(speed(0x02), 10U);
  EXPECT_EQ(speed(0x42), 100U);
  EXPECT_EQ(speed(0x82), 1'000U);
  EXPECT_EQ(speed(0xC2), 1'000U);
  EXPECT_EQ(speed(0x80), 0U) << "down";
}

TEST(Link82574, APhyThatNegotiatesIsLeftAlone) {
  FakePhy phy{0x1140};
  ASSERT_TRUE(start_link(phy.bar));
  EXPECT_EQ(phy.commands(), (std::vector<uint32_t>{0x0820'0000})) << "one read of register 0";
  EXPECT_EQ(phy.function->registers[CTRL::offset], ctrl::SLU().bits());
  EXPECT_EQ(phy.function->registers[EXTCNF_CTRL::offset], 0U) << "the PHY is the firmware's again";
}

TEST(Link82574, APhyThatSleepsIsWoken) {
  FakePhy phy{0x0940};  // powered down, no negotiation
  ASSERT_TRUE(start_link(phy.bar));
  ASSERT_EQ(phy.commands().size(), 2U);
  EXPECT_EQ(phy.commands().back(), 0x0420'1340U) << "negotiate and restart";
}

TEST(Link82574, APhyThatDoesNotAnswerIsATimeoutWithTheRegister) {
  FakeBar fake;
  const auto started = start_link(fake.bar);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::timeout);
  EXPECT_NE(started.error().message().find("MDIC"), std::string::npos);
}

TEST(Link82574, FirmwareThatKeepsThePhyIsATimeout) {
  FakePhy phy{0x1140};
  phy.function->on_read[EXTCNF_CTRL::offset] = [] { return 0U; };
  EXPECT_EQ(start_link(phy.bar).error().code, ErrorCode::timeout);
  EXPECT_TRUE(phy.commands().empty()) << "it is left alone";
}

TEST(Link82574, AnErrorOfThePhyIsOne) {
  FakeBar fake;
  fake.function->on_read[MDIC::offset] = [] { return (mdic::R() | mdic::E()).bits(); };
  EXPECT_EQ(read_phy(fake.bar, 31).error().code, ErrorCode::io);
}

}  // namespace
}  // namespace bulkhead::e1000e
