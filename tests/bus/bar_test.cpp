#include "bulkhead/bus/bar.hpp"

#include <gtest/gtest.h>

#include "tests/driver/intel/fake_function.hpp"

namespace bulkhead::bus {
namespace {

class BarSize : public ::testing::TestWithParam<uint32_t> {
 protected:
  static constexpr uint32_t needed = 0x1000;
  static Result<Bar<needed>> open(uint32_t size) {
    auto function = std::make_shared<intel::FakeFunction>();
    function->size = Bytes{size};
    return Bar<needed>::open(function, RegionId::bar0);
  }
};

// 0: the function has no such BAR.
INSTANTIATE_TEST_SUITE_P(TooSmall, BarSize, ::testing::Values(0U, 1U, 0xFFFU));

TEST_P(BarSize, IsRefusedWithBothNumbers) {
  const auto bar = open(GetParam());
  ASSERT_FALSE(bar);
  EXPECT_EQ(bar.error().code, ErrorCode::unsupported);
  EXPECT_NE(bar.error().what.find(fmt::format("BAR 0 has {:#x} bytes", GetParam())),
            std::string::npos);
  EXPECT_NE(bar.error().what.find("need 0x1000"), std::string::npos);
}

TEST_F(BarSize, WillDoIfTheRegistersFit) {
  EXPECT_TRUE(open(0x1000));
  EXPECT_TRUE(open(0x20000));
}

}  // namespace
}  // namespace bulkhead::bus
