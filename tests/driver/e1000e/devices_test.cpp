#include "bulkhead/driver/e1000e/devices.hpp"

#include <gtest/gtest.h>

namespace bulkhead::e1000e {
namespace {

TEST(Devices82574, FindsItsOwnAndNothingElse) {
  EXPECT_EQ(find_device({0x8086, 0x10D3}), "82574L Gigabit");
  EXPECT_TRUE(find_device({0x8086, 0x10F6}));
  EXPECT_FALSE(find_device({0x8086, 0x10FB}));
  EXPECT_FALSE(find_device({0x1234, 0x10D3}));
}

}  // namespace
}  // namespace bulkhead::e1000e
