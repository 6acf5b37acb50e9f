#include <string>

#include <gtest/gtest.h>

#include "bulkhead/bus/function.hpp"

namespace bulkhead::bus {
namespace {

TEST(Open, AnUnknownFormIsAnsweredWithTheKnownOnes) {
  for (const std::string name : {"", "pci:0000:01:00.0", "vfio-user", "vfio-user:"}) {
    const auto opened = open(name);
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().code, ErrorCode::invalid_argument) << name;
    EXPECT_NE(opened.error().message().find("vfio-user:PATH"), std::string::npos);
  }
}

}  // namespace
}  // namespace bulkhead::bus
