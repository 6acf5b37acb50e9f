#include "bulkhead/memory/physical.hpp"

#include <gtest/gtest.h>

namespace bulkhead::memory {
namespace {

constexpr uint64_t page = (2_MiB).value();

TEST(Physical, PagesAreLaidOutAtTheirDistances) {
  const auto layout = lay_out(std::vector{10 * page, 4 * page, 5 * page});
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->first, 4 * page);
  EXPECT_EQ(layout->size.value(), 7 * page);
  EXPECT_EQ(layout->extents, (std::vector<Extent>{{.offset = 0, .length = 2 * page},
                                                  {.offset = 6 * page, .length = page}}));
  ASSERT_EQ(layout->pieces.size(), 3U);
  EXPECT_EQ(layout->pieces[0].file_offset, page);
  EXPECT_EQ(layout->pieces[2].file_offset, 0U);
  EXPECT_EQ(layout->pieces[2].place, 6 * page);
}

TEST(Physical, NeighboursInAnyOrderAreOneExtent) {
  const auto layout = lay_out(std::vector{7 * page, 6 * page, 8 * page});
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->extents, (std::vector<Extent>{{.offset = 0, .length = 3 * page}}));
}

TEST(Physical, PagesTooFarApartAreRefused) {
  EXPECT_TRUE(lay_out(std::vector{uint64_t{0}, largest_spread - page}));
  const auto layout = lay_out(std::vector{uint64_t{0}, largest_spread});
  ASSERT_FALSE(layout);
  EXPECT_EQ(layout.error().code, ErrorCode::no_memory);
}

}  // namespace
}  // namespace bulkhead::memory
