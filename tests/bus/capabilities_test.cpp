// What vfio-user's tests of regions do not show of it.
#include "bulkhead/bus/capabilities.hpp"

#include <gtest/gtest.h>

#include "bulkhead/base/bytes.hpp"

namespace bulkhead::bus {
namespace {

struct Header {
  uint16_t id;
  uint16_t version;
  uint32_t next;
};

/// 16 bytes, then capabilities 5 (with a 32-bit number) and 9.
std::vector<std::byte> two_capabilities() {
  std::vector<std::byte> bytes(16);
  append(bytes, Header{.id = 5, .version = 1, .next = 28});
  append(bytes, uint32_t{0x1234});
  append(bytes, Header{.id = 9, .version = 1, .next = 0});
  return bytes;
}

TEST(Capabilities, AreFoundByTheirId) {
  const auto bytes = two_capabilities();
  const auto found = find_capability({.description = bytes, .fixed_size = 16, .first = 16}, 5);
  ASSERT_TRUE(found && *found) << found.error().message();
  EXPECT_EQ(from_bytes<uint32_t>(**found), 0x1234U);
  const auto last = find_capability({.description = bytes, .fixed_size = 16, .first = 16}, 9);
  ASSERT_TRUE(last && *last);
  EXPECT_TRUE((*last)->empty());
}

TEST(Capabilities, OneThatIsNotThereIsNoError) {
  const auto bytes = two_capabilities();
  const auto found = find_capability({.description = bytes, .fixed_size = 16, .first = 16}, 7);
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
  EXPECT_FALSE(*find_capability({.description = bytes, .fixed_size = 16, .first = 0}, 5));
}

TEST(Capabilities, OfAnotherVersionAreRefused) {
  auto bytes = two_capabilities();
  bytes[18] = std::byte{2};
  const auto found = find_capability({.description = bytes, .fixed_size = 16, .first = 16}, 5);
  EXPECT_EQ(found.error().code, ErrorCode::protocol);
}

TEST(Capabilities, PagesAreRoundedOutwards) {
  const std::vector<Area> mappable{{.offset = 0x1000, .size = 0x2000}};
  const auto pages = pages_to_map(mappable, 0x4000, 0x1FFC, 8);
  ASSERT_TRUE(pages);
  EXPECT_EQ(pages->offset, 0x1000U);
  EXPECT_EQ(pages->size, 0x2000U);
  EXPECT_EQ(pages_to_map(mappable, 0x4000, 0x2FFC, 8).error().code, ErrorCode::unsupported);
  EXPECT_EQ(pages_to_map(mappable, 0, 0, 4).error().code, ErrorCode::invalid_argument);
}

TEST(Capabilities, ARegionOfLessThanAPageCannotBeMapped) {
  const auto areas = mappable_areas({.description = {}, .fixed_size = 0, .first = 0}, 0x20);
  ASSERT_TRUE(areas);
  EXPECT_EQ(pages_to_map(*areas, 0x20, 0, 4).error().code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace bulkhead::bus
