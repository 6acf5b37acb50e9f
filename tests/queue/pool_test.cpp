// What the tests of batches do not show of it.
#include "bulkhead/queue/pool.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/memory/huge_pages.hpp"

namespace bulkhead::queue {
namespace {

TEST(Pool, APhysicalOneHandsOutOnlyBuffersThatAreBacked) {
  const memory::HugePages pages{8};
  if (!pages.reserved()) GTEST_SKIP() << "no huge pages can be reserved here";
  const auto made = Pool::create({.buffers = 4096, .placement = memory::Placement::physical});
  if (!made && made.error().code == ErrorCode::permission) GTEST_SKIP() << "not root";
  ASSERT_TRUE(made) << made.error().message();
  const auto& pool = **made;
  EXPECT_EQ(pool.capacity(), 4096U);
  auto slots = std::vector<Slot>{};
  std::ranges::copy(pool.next_free(4096), std::back_inserter(slots));
  for (const Slot slot : slots) {
    const uint64_t begin = pool.buffers().offset(slot);
    EXPECT_TRUE(std::ranges::any_of(pool.region().extents(), [&](const memory::Extent& extent) {
      return begin >= extent.offset &&
             begin + Buffers::headroom + pool.buffer_size() <= extent.offset + extent.length;
    })) << value_of(slot);
    pool.region().bytes()[begin] = std::byte{1};
  }
  std::ranges::sort(slots);
  EXPECT_EQ(std::ranges::adjacent_find(slots), slots.end()) << "a slot is there twice";
}

}  // namespace
}  // namespace bulkhead::queue
