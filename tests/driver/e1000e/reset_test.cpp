#include "bulkhead/driver/e1000e/reset.hpp"

#include <gtest/gtest.h>

#include "tests/driver/intel/fake_function.hpp"

namespace bulkhead::e1000e {
namespace {

using intel::FakeBar;

/// Bits that a reset clears are clear when they are read back, as in a device.
FakeBar resettable() {
  FakeBar fake;
  auto& registers = fake.function->registers;
  fake.function->on_read[CTRL::offset] = [&registers] {
    return registers[CTRL::offset] & ~ctrl::RST().bits();
  };
  registers[EEC::offset] = eec::AUTO_RD().bits();
  return fake;
}

size_t first_write(const FakeBar& fake, uint64_t offset, uint32_t bits) {
  const auto& writes = fake.function->writes;
  return static_cast<size_t>(std::ranges::find_if(writes,
                                                  [&](const auto& write) {
                                                    return write.first == offset &&
                                                           (write.second & bits) == bits;
                                                  }) -
                             writes.begin());
}

TEST(Reset82574, TheMasterIsDisabledBeforeIt) {
  FakeBar fake = resettable();
  ASSERT_TRUE(reset(fake.bar));
  const size_t master = first_write(fake, CTRL::offset, ctrl::GIO_MASTER_DISABLE().bits());
  const size_t reset = first_write(fake, CTRL::offset, ctrl::RST().bits());
  EXPECT_LT(first_write(fake, IMC::offset, ~0U), master);
  EXPECT_LT(master, reset);
  EXPECT_LT(reset, fake.function->writes.size());
}

TEST(Reset82574, AMasterThatIsNotQuietIsResetAllTheSame) {
  FakeBar fake = resettable();
  fake.function->registers[STATUS::offset] = status::GIO_MASTER_ENABLE().bits();
  EXPECT_TRUE(reset(fake.bar));
  const auto stopped = stop_dma(fake.bar);
  ASSERT_FALSE(stopped);
  EXPECT_NE(stopped.error().message().find("STATUS"), std::string::npos);
}

TEST(Reset82574, AnEepromThatIsNotReadIsATimeout) {
  FakeBar fake = resettable();
  fake.function->registers[EEC::offset] = 0;
  const auto result = reset(fake.bar);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::timeout);
  EXPECT_NE(result.error().message().find("EEC"), std::string::npos);
}

TEST(Reset82574, ADeviceThatIsGoneIsSaidToBe) {
  FakeBar fake = resettable();
  fake.function->gone = true;
  EXPECT_EQ(reset(fake.bar).error().code, ErrorCode::device_gone);
}

}  // namespace
}  // namespace bulkhead::e1000e
