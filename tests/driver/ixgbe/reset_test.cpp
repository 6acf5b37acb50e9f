#include "bulkhead/driver/ixgbe/reset.hpp"

#include <gtest/gtest.h>

#include "tests/driver/intel/fake_function.hpp"

namespace bulkhead::ixgbe {
namespace {

using intel::FakeBar;
using intel::FakeFunction;

TEST(Reset, AMasterThatDoesNotComeToRestIsReportedWithTheRegister) {
  FakeBar fake;
  fake.function->registers[STATUS::offset] = status::MASTER_ENABLE().bits();
  const auto stopped = stop_dma(fake.bar);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::timeout);
  EXPECT_NE(stopped.error().message().find("STATUS"), std::string::npos);
  EXPECT_NE(stopped.error().message().find("0x00080000"), std::string::npos) << "its value";
  EXPECT_EQ(fake.function->registers[CTRL::offset], ctrl::MASTER_DISABLE().bits());
}

TEST(Reset, IsDoneTwiceWhenTheMasterWasNotAtRest) {
  FakeBar fake;
  fake.function->registers[STATUS::offset] = status::MASTER_ENABLE().bits();
  fake.function->on_read[CTRL::offset] = [] { return 0U; };  // the reset bits clear at once
  ASSERT_TRUE(reset(fake.bar));
  const auto resets = std::ranges::count_if(fake.function->writes, [](const auto& write) {
    return write.first == CTRL::offset && (write.second & ctrl::RST().bits()) != 0;
  });
  EXPECT_EQ(resets, 2);
  const auto flushed = std::ranges::count(
      fake.function->writes, std::pair<uint64_t, uint32_t>{GCR_EXT::offset, 1U << 30U});
  EXPECT_EQ(flushed, 1) << "and its buffers are flushed before";
  EXPECT_EQ(fake.function->registers[EIMC::offset], 0x7FFF'FFFFU) << "interrupts are masked";
}

TEST(Reset, ThatNeverEndsIsATimeout) {
  FakeBar fake;
  const auto result = reset(fake.bar);  // a plain memory keeps the bits
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::timeout);
  EXPECT_NE(result.error().message().find("CTRL"), std::string::npos);
}

TEST(Reset, WaitsForTheEepromAndForDma) {
  FakeBar fake;
  EXPECT_NE(wait_until_ready(fake.bar).error().message().find("EEC"), std::string::npos);
  fake.function->registers[EEC::offset] = eec::AUTO_RD().bits();
  EXPECT_NE(wait_until_ready(fake.bar).error().message().find("RDRXCTL"), std::string::npos);
  fake.function->registers[RDRXCTL::offset] = rdrxctl::DMAIDONE().bits();
  EXPECT_TRUE(wait_until_ready(fake.bar));
}

TEST(Reset, ADeviceThatIsGoneEndsEveryWaitAtOnce) {
  FakeBar fake;
  fake.function->gone = true;
  EXPECT_EQ(wait_until_ready(fake.bar).error().code, ErrorCode::device_gone);
  EXPECT_EQ(reset(fake.bar).error().code, ErrorCode::device_gone);
}

TEST(ControlPath, ABarTooSmallIsRefusedWithBothSizes) {
  const auto function = std::make_shared<FakeFunction>();
  function->size = 4_KiB;
  const auto bar = Bar::open(function, bus::RegionId::bar0);
  ASSERT_FALSE(bar);
  EXPECT_EQ(bar.error().code, ErrorCode::unsupported);
  EXPECT_NE(bar.error().message().find("0x1000"), std::string::npos);
  EXPECT_NE(bar.error().message().find("0x20000"), std::string::npos);
}

}  // namespace
}  // namespace bulkhead::ixgbe
