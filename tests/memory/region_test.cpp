#include "bulkhead/memory/region.hpp"

#include <gtest/gtest.h>

#include "tests/memory/huge_pages.hpp"

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
  EXPECT_NE(region.error().message().find("free -m"), std::string::npos);
}

TEST(Region, AnywhereIsOneExtentAndLinear) {
  const auto region = Region::allocate("test", 4_MiB);
  ASSERT_TRUE(region);
  ASSERT_EQ(region->extents().size(), 1U);
  EXPECT_EQ(region->extents().front(), (Extent{.offset = 0, .length = (4_MiB).value()}));
  EXPECT_FALSE(region->physical_address());
  EXPECT_TRUE(region->is_linear());
}

TEST(Region, PhysicalWithoutHugePagesTellsHowToReserveThem) {
  const auto region = Region::allocate("test", Bytes{size_t{1} << 50U}, Placement::physical);
  ASSERT_FALSE(region);
  EXPECT_EQ(region.error().code, ErrorCode::no_memory);
  EXPECT_NE(region.error().message().find("/proc/sys/vm/nr_hugepages"), std::string::npos);
}

TEST(Region, PhysicalBytesLieWhereTheKernelSays) {
  const HugePages pages{8};
  if (!pages.reserved()) GTEST_SKIP() << "no huge pages can be reserved here";
  const auto region = Region::allocate_in_extents("test", 16_MiB, Placement::physical);
  if (!region && region.error().code == ErrorCode::permission) GTEST_SKIP() << "not root";
  ASSERT_TRUE(region) << region.error().message();
  ASSERT_TRUE(region->physical_address());
  size_t backed = 0;
  for (const Extent& extent : region->extents()) {
    const auto bytes = region->bytes().subspan(extent.offset, extent.length);
    const auto addresses = physical_addresses(bytes);
    ASSERT_TRUE(addresses);
    for (size_t i = 0; i < addresses->size(); ++i)
      EXPECT_EQ(addresses->at(i),
                region->physical_address()->value() + extent.offset + i * (2_MiB).value());
    bytes.front() = std::byte{1};
    bytes.back() = std::byte{2};
    backed += extent.length;
  }
  EXPECT_EQ(backed, (16_MiB).value());
}

TEST(Region, APhysicalPageIsContiguous) {
  const HugePages pages{1};
  if (!pages.reserved()) GTEST_SKIP() << "no huge pages can be reserved here";
  const auto region = Region::allocate("rings", 64_KiB, Placement::physical);
  if (!region && region.error().code == ErrorCode::permission) GTEST_SKIP() << "not root";
  ASSERT_TRUE(region) << region.error().message();
  EXPECT_EQ(region->size(), 2_MiB);
  EXPECT_TRUE(region->is_linear());
}

}  // namespace
}  // namespace bulkhead::memory
