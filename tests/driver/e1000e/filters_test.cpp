#include "bulkhead/driver/e1000e/filters.hpp"

#include <gtest/gtest.h>

#include "tests/driver/intel/fake_function.hpp"

namespace bulkhead::e1000e {
namespace {

using driver::MacAddress;
using intel::FakeBar;

constexpr MacAddress station{{0x00, 0x1B, 0x21, 0xA1, 0xB2, 0xC3}};

TEST(Filters82574, NoMixtureOfTwoAddressesIsEverValid) {
  FakeBar fake;
  ASSERT_TRUE(write_mac(fake.bar, 3, station));
  const std::vector<std::pair<uint64_t, uint32_t>> expected{
      {RAH::offset + 24, 0}, {RAL::offset + 24, 0xA121'1B00U}, {RAH::offset + 24, 0x8000'C3B2U}};
  EXPECT_EQ(fake.function->writes, expected) << "valid last";
}

TEST(Filters82574, OtherBitsOfTheReceiverStay) {
  FakeBar fake;
  fake.function->registers[RCTL::offset] = (rctl::EN() | rctl::BAM()).bits();
  ASSERT_TRUE(set_receive_modes(fake.bar, true, false));
  EXPECT_EQ(fake.function->registers[RCTL::offset],
            (rctl::EN() | rctl::BAM() | rctl::UPE() | rctl::MPE()).bits());
  ASSERT_TRUE(set_receive_modes(fake.bar, false, true));
  EXPECT_EQ(fake.function->registers[RCTL::offset],
            (rctl::EN() | rctl::BAM() | rctl::MPE()).bits());
}

TEST(Filters82574, RefusesMoreAddressesThanItHasFilters) {
  FakeBar fake;
  EXPECT_TRUE(set_unicast_addresses(fake.bar, std::vector<MacAddress>(15, station)));
  fake.function->writes.clear();
  EXPECT_EQ(set_unicast_addresses(fake.bar, std::vector<MacAddress>(16, station)).error().code,
            ErrorCode::no_memory);
  EXPECT_TRUE(fake.function->writes.empty()) << "nothing is half done";
}

}  // namespace
}  // namespace bulkhead::e1000e
