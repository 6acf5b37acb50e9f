#include "bulkhead/driver/ixgbe/devices.hpp"

#include <set>

#include <gtest/gtest.h>

namespace bulkhead::ixgbe {
namespace {

TEST(Devices, FindsEachOfItsFamiliesAndNothingElse) {
  EXPECT_EQ(find_device({0x8086, 0x10FB})->family, Family::i82599);
  EXPECT_EQ(find_device({0x8086, 0x1528})->family, Family::x540);
  EXPECT_EQ(find_device({0x8086, 0x1563})->family, Family::x550);
  EXPECT_EQ(find_device({0x8086, 0x10ED}).error().code, ErrorCode::unsupported) << "a VF";
  EXPECT_EQ(find_device({0x1234, 0x10FB}).error().code, ErrorCode::unsupported);
  EXPECT_NE(find_device({0xFFFF, 0xFFFF}).error().message().find("ffff:ffff"), std::string::npos);
}

TEST(Devices, EachIdStandsInTheTableOnce) {
  std::set<uint16_t> ids;
  for (const auto& device : known_devices()) EXPECT_TRUE(ids.insert(device.device).second);
}

}  // namespace
}  // namespace bulkhead::ixgbe
