#include "bulkhead/driver/ixgbe/devices.hpp"

#include <set>

#include <gtest/gtest.h>

namespace bulkhead::ixgbe {
namespace {

TEST(Devices, FindsEachOfItsFamiliesAndNothingElse) {
  EXPECT_EQ(find_device({0x8086, 0x10FB})->family, Family::i82599);
  EXPECT_EQ(find_device({0x8086, 0x1528})->family, Family::x540);
  EXPECT_EQ(find_device({0x8086, 0x1563})->family, Family::x550);
  EXPECT_FALSE(find_device({0x8086, 0x10ED})) << "a VF";
  EXPECT_FALSE(find_device({0x1234, 0x10FB}));
}

TEST(Devices, EachIdStandsInTheTableOnce) {
  std::set<uint16_t> ids;
  for (const auto& device : known_devices()) EXPECT_TRUE(ids.insert(device.device).second);
}

}  // namespace
}  // namespace bulkhead::ixgbe
