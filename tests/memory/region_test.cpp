#include "bulkhead/memory/region.hpp"

#include <gtest/gtest.h>

namespace bulkhead::memory {
namespace {

TEST(Region, IsRoundedUpZeroedAndSealed) {
  auto region = Region::allocate("test", 3_MiB);
  ASSERT_TRUE(region) << region.error().message();
  EXPECT_EQ(region->size(), 4_MiB);
  EXPECT_EQ(region->bytes().back(), std::byte{0});
  EXPECT_TRUE(check_sealed_memory(region->fd(), 0, 4_MiB));
}

TEST(Region, SaysHowMuchItCouldNotGet) {
  auto region = Region::allocate("everything", Bytes{size_t{1} << 50U});
  ASSERT_FALSE(region);
  EXPECT_NE(region.error().message().find("1125899906842624 bytes for everything"),
            std::string::npos);
}

}  // namespace
}  // namespace bulkhead::memory
