#include "bulkhead/driver/intel/addresses.hpp"

#include <gtest/gtest.h>

#include "bulkhead/base/bits.hpp"

namespace bulkhead::intel {
namespace {

using driver::MacAddress;

constexpr MacAddress station{{0x00, 0x1B, 0x21, 0xA1, 0xB2, 0xC3}};

TEST(Addresses, AreInTheOrderOfTheWire) {
  const auto words = to_words(station);
  ASSERT_TRUE(words);
  EXPECT_EQ(words->low, 0xA121'1B00U);
  EXPECT_EQ(words->high, 0xC3B2U);
  EXPECT_EQ(from_words({.low = words->low, .high = words->high | bit(31)}), station);
}

TEST(Addresses, OnesThatNoStationHasAreRefused) {
  EXPECT_EQ(to_words({}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(to_words({{1, 0, 0x5E, 0, 0, 1}}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(from_words({.low = 0, .high = 0}).error().code, ErrorCode::hostile_device);
  EXPECT_EQ(from_words({.low = ~0U, .high = ~0U}).error().code, ErrorCode::hostile_device);
}

TEST(Addresses, AMulticastAddressSetsTheBitOfItsHash) {
  // Bits 47:36 are 0xFB0: register 0x7D, bit 0x10.
  const auto table = multicast_table(std::array{MacAddress{{0x01, 0x00, 0x5E, 0x00, 0x00, 0xFB}}});
  ASSERT_TRUE(table);
  for (size_t i = 0; i < table->size(); ++i)
    EXPECT_EQ(table->at(i), i == 0x7D ? bit(0x10) : 0U) << i;
  EXPECT_EQ(multicast_table(std::array{station}).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace bulkhead::intel
