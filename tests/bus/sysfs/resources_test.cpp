#include "bulkhead/bus/sysfs/resources.hpp"

#include <gtest/gtest.h>

namespace bulkhead::sysfs {
namespace {

TEST(Resources, TellMemoryPortsAndNothingApart) {
  const auto resources = parse_resources({
      "0x00000000fe000100 0x00000000fe00017f 0x0000000000140204",
      "0x0000000000000000 0x0000000000000000 0x0000000000000000",
      "0x000000000000c000 0x000000000000c01f 0x0000000000040101",
  });
  EXPECT_EQ(resources[0].size, 128_B);
  EXPECT_EQ(resources[0].in_page, 256_B);
  EXPECT_TRUE(resources[0].is_memory);
  EXPECT_EQ(resources[1].size, 0_B);
  EXPECT_EQ(resources[2].size, 32_B);
  EXPECT_FALSE(resources[2].is_memory);
  EXPECT_EQ(resources[6].size, 0_B);
}

TEST(Resources, WhatMakesNoSenseIsNoBar) {
  const auto resources = parse_resources({"", "0x10 0x20", "x y z", "0x2000 0x1000 0x200"});
  for (const auto& resource : resources) EXPECT_EQ(resource.size, 0_B);
}

}  // namespace
}  // namespace bulkhead::sysfs
