#include <string>

#include <gtest/gtest.h>

#include "bulkhead/bus/function.hpp"

namespace bulkhead::bus {
namespace {

TEST(Open, AnUnknownFormIsAnsweredWithTheKnownOnes) {
  for (const std::string name : {"", "pci:0000:01:00.0", "vfio-user", "vfio-user:", "01:00"}) {
    const auto opened = open(name);
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().code, ErrorCode::invalid_argument) << name;
    EXPECT_NE(opened.error().message().find("vfio-user:PATH"), std::string::npos);
    EXPECT_NE(opened.error().message().find("0000:03:00.0"), std::string::npos);
  }
}

TEST(Open, AnAddressNamesAFunctionOfThisMachine) {
  for (const std::string name : {"0000:ff:1f.7", "ff:1f.7", "FF:1F.7"}) {
    const auto opened = open(name);
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().code, ErrorCode::not_found) << opened.error().message();
    EXPECT_NE(opened.error().what.find("0000:ff:1f.7"), std::string::npos);
  }
}

TEST(Open, WithoutAnIommuTheFunctionMustBeThereToo) {
  const auto opened = open("0000:ff:1f.7", {.no_iommu = true});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::not_found) << opened.error().message();
}

}  // namespace
}  // namespace bulkhead::bus
