#include "bulkhead/driver/ixgbe/filters.hpp"

#include <gtest/gtest.h>

#include "tests/driver/intel/fake_function.hpp"

namespace bulkhead::ixgbe {
namespace {

using driver::MacAddress;
using intel::FakeBar;

constexpr MacAddress station{{0x00, 0x1B, 0x21, 0xA1, 0xB2, 0xC3}};

TEST(Filters, TheStationAddressIsInWireOrderAndStaysValid) {
  FakeBar fake;
  ASSERT_TRUE(write_mac(fake.bar, 0, station));
  EXPECT_EQ(fake.function->registers[RAL::offset], 0xA121'1B00U);
  EXPECT_EQ(fake.function->registers[RAH::offset], 0x8000'C3B2U) << "with AV";
  const auto mac = read_mac(fake.bar);
  ASSERT_TRUE(mac);
  EXPECT_EQ(*mac, station);
}

TEST(Filters, NoMixtureOfTwoAddressesIsEverValid) {
  FakeBar fake;
  ASSERT_TRUE(write_mac(fake.bar, 5, station));
  ASSERT_EQ(fake.function->writes.size(), 4U);
  EXPECT_EQ(fake.function->writes[0], (std::pair<uint64_t, uint32_t>{RAH::offset + 40, 0}));
  EXPECT_EQ(fake.function->writes[1].first, RAL::offset + 40);
  EXPECT_EQ(fake.function->writes[2], (std::pair<uint64_t, uint32_t>{MPSAR::offset + 40, 1}));
  EXPECT_EQ(fake.function->writes[3].first, RAH::offset + 40) << "valid last";
}

TEST(Filters, AnEepromWithoutAnAddressIsAnError) {
  FakeBar fake;
  EXPECT_EQ(read_mac(fake.bar).error().code, ErrorCode::hostile_device);
  fake.function->registers[RAL::offset] = 0xFFFF'FFFF;
  fake.function->registers[RAH::offset] = 0xFFFF'FFFF;
  EXPECT_EQ(read_mac(fake.bar).error().code, ErrorCode::hostile_device);
}

TEST(Filters, AMulticastAddressSetsTheBitOfItsHash) {
  FakeBar fake;
  // Bits 47:36 are 0xFB0: register 0x7D, bit 0x10.
  ASSERT_TRUE(set_multicast_addresses(
      fake.bar, std::array{MacAddress{{0x01, 0x00, 0x5E, 0x00, 0x00, 0xFB}}}));
  for (uint32_t i = 0; i < MTA::count; ++i)
    EXPECT_EQ(fake.function->registers[MTA::offset + i * 4], i == 0x7D ? 1U << 0x10U : 0U) << i;
}

TEST(Filters, TheReceiverIsOffWhileTheyChange) {
  FakeBar fake;
  fake.function->registers[RXCTRL::offset] = rxctrl::RXEN().bits();
  ASSERT_TRUE(set_receive_modes(fake.bar, {.promiscuous = true}));
  const std::vector<std::pair<uint64_t, uint32_t>> expected{
      {RXCTRL::offset, 0}, {FCTRL::offset, 0x300}, {RXCTRL::offset, 1}};
  EXPECT_EQ(fake.function->writes, expected);
}

TEST(Filters, EitherModeAloneLetsMulticastIn) {
  const auto fctrl_of = [](ReceiveModes modes) {
    FakeBar fake;
    fake.function->registers[FCTRL::offset] = fctrl::BAM().bits();
    EXPECT_TRUE(set_receive_modes(fake.bar, modes));
    return fake.function->registers[FCTRL::offset];
  };
  const uint32_t broadcast = fctrl::BAM().bits();
  EXPECT_EQ(fctrl_of({}), broadcast);
  EXPECT_EQ(fctrl_of({.all_multicast = true}), broadcast | fctrl::MPE().bits());
  const uint32_t all = broadcast | fctrl::MPE().bits() | fctrl::UPE().bits();
  EXPECT_EQ(fctrl_of({.promiscuous = true}), all);
  EXPECT_EQ(fctrl_of({.promiscuous = true, .all_multicast = true}), all);
}

TEST(Filters, RefusesAddressesOfTheWrongKindAndTooMany) {
  FakeBar fake;
  EXPECT_EQ(set_multicast_addresses(fake.bar, std::array{station}).error().code,
            ErrorCode::invalid_argument);
  const std::vector<MacAddress> many(128, station);
  EXPECT_EQ(set_unicast_addresses(fake.bar, many).error().code, ErrorCode::no_memory);
  EXPECT_TRUE(fake.function->writes.empty()) << "nothing is half done";
}

}  // namespace
}  // namespace bulkhead::ixgbe
