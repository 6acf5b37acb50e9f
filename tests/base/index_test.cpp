#include "bulkhead/base/index.hpp"

#include <gtest/gtest.h>

namespace bulkhead {
namespace {

TEST(Index, GoesAroundAndNeverLeavesTheRing) {
  auto index = Index<8>::wrap(6);
  ++index;
  EXPECT_EQ(index.value(), 7U);
  ++index;
  EXPECT_EQ(index.value(), 0U);
  EXPECT_EQ((index + 13).value(), 5U);
  EXPECT_EQ(Index<8>::wrap(~0U).value(), 7U);
}

TEST(Index, DistanceGoesForwardAroundTheRing) {
  const auto tail = Index<8>::wrap(1);
  const auto head = Index<8>::wrap(6);
  EXPECT_EQ(tail.distance_from(head), 3U);
  EXPECT_EQ(head.distance_from(tail), 5U);
  EXPECT_EQ(head.distance_from(head), 0U);
}

}  // namespace
}  // namespace bulkhead
