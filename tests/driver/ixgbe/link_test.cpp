#include "bulkhead/driver/ixgbe/link.hpp"

#include <gtest/gtest.h>

#include "tests/driver/intel/fake_function.hpp"

namespace bulkhead::ixgbe {
namespace {

using intel::FakeBar;

uint32_t speed(uint32_t links, Family family) {
  FakeBar fake;
  fake.function->registers[LINKS::offset] = links;
  const auto link = read_link(fake.bar, family);
  EXPECT_TRUE(link);
  return link->up ? link->megabits_per_second : 0;
}

TEST(Link, SpeedsAreThoseOfTheLinksRegister) {
  EXPECT_EQ(speed(0x7000'0000, Family::i82599), 10'000U);
  EXPECT_EQ(speed(0x6000'0000, Family::i82599), 1'000U);
  EXPECT_EQ(speed(0x5000'0000, Family::x540), 100U);
  EXPECT_EQ(speed(0x3000'0000, Family::i82599), 0U) << "down";
}

TEST(Link, TheX550HasTwoMore) {
  EXPECT_EQ(speed(0x7800'0000, Family::x550), 2'500U);
  EXPECT_EQ(speed(0x5800'0000, Family::x550), 5'000U);
  EXPECT_EQ(speed(0x7800'0000, Family::i82599), 10'000U);
}

TEST(Link, NoCableIsNoError) {
  FakeBar fake;
  const auto link = driver::wait_for_link([&] { return read_link(fake.bar, Family::i82599); },
                                          std::chrono::milliseconds{5});
  ASSERT_TRUE(link);
  EXPECT_FALSE(link->up);
}

TEST(Link, ComesUpWhileItIsWaitedFor) {
  FakeBar fake;
  int reads = 0;
  fake.function->on_read[LINKS::offset] = [&] { return ++reads > 3 ? 0x7000'0000U : 0U; };
  const auto link = driver::wait_for_link([&] { return read_link(fake.bar, Family::i82599); },
                                          std::chrono::seconds{5});
  ASSERT_TRUE(link);
  EXPECT_TRUE(link->up);
}

TEST(Link, OnlyTheSerialPartsAreToldToNegotiate) {
  FakeBar copper;
  ASSERT_TRUE(start_link(copper.bar, Family::x540));
  EXPECT_TRUE(copper.function->writes.empty());
  FakeBar serial;
  ASSERT_TRUE(start_link(serial.bar, Family::i82599));
  EXPECT_EQ(serial.function->registers[AUTOC::offset], autoc::RESTART_AN().bits());
}

}  // namespace
}  // namespace bulkhead::ixgbe
