#include "bulkhead/driver/e1000e/setup.hpp"

#include <gtest/gtest.h>

#include "tests/driver/intel/fake_function.hpp"

namespace bulkhead::e1000e {
namespace {

using intel::FakeBar;

Result<> set_up(FakeBar& fake, RxFormat format) {
  return set_up_receive(fake.bar, Iova{0x1'2345'6000}, 8192, format, 2048, 1518);
}

TEST(Setup82574, TheFormatOfReceiveDescriptorsIsOneBitAndWithoutPacketSplit) {
  constexpr uint32_t other_filters = 0x0000'0FC0;  // NFSW_DIS to NEW_IPV6_EXT_DIS
  constexpr uint32_t split = mask(11, 10);         // RCTL.DTYP
  for (const auto& [format, bits] :
       {std::pair{RxFormat::extended, rfctl::EXSTEN().bits()}, std::pair{RxFormat::legacy, 0U}}) {
    for (const uint32_t before : {0U, rfctl::EXSTEN().bits()}) {
      FakeBar fake;
      fake.function->registers[RFCTL::offset] = other_filters | before;
      fake.function->registers[RCTL::offset] = split;
      ASSERT_TRUE(set_up(fake, format));
      EXPECT_EQ(fake.function->registers[RFCTL::offset], other_filters | bits);
      EXPECT_EQ(fake.function->registers[RCTL::offset] & split, 0U);
    }
  }
}

TEST(Setup82574, LegacyDescriptorsHaveTheChecksumUnitAsTheyWantIt) {
  FakeBar fake;
  fake.function->registers[RXCSUM::offset] = ~0U;
  ASSERT_TRUE(set_up(fake, RxFormat::legacy));
  EXPECT_EQ(fake.function->registers[RXCSUM::offset], 0U);
}

TEST(Setup82574, TheReceiverIsLeftOff) {
  FakeBar fake;
  fake.function->registers[RCTL::offset] = rctl::EN().bits();
  ASSERT_TRUE(set_up(fake, RxFormat::extended));
  EXPECT_EQ(fake.function->registers[RCTL::offset] & rctl::EN().bits(), 0U);
  ASSERT_TRUE(enable_receive(fake.bar));
  EXPECT_EQ(fake.function->registers[RCTL::offset] & rctl::EN().bits(), rctl::EN().bits());
}

TEST(Setup82574, ADeviceThatIsGoneIsSaidToBe) {
  FakeBar fake;
  fake.function->gone = true;
  EXPECT_EQ(set_up(fake, RxFormat::legacy).error().code, ErrorCode::device_gone);
}

}  // namespace
}  // namespace bulkhead::e1000e
