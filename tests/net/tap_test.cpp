// Names. What an interface does is tested with whole programs: tests/system/netdev_test.py.
#include "bulkhead/net/tap.hpp"

#include <string>

#include <gtest/gtest.h>

namespace bulkhead::net {
namespace {

TEST(Tap, RefusesWhatCannotBeAName) {
  for (const std::string name :
       {"", "sixteencharacter", "a/b", "a b", "a:1", "tap%d", ".", "..", "a\n", "\xC3\xA4"}) {
    const auto tap = Tap::open(name);
    ASSERT_FALSE(tap) << name;
    EXPECT_EQ(tap.error().code, ErrorCode::invalid_argument) << name;
    EXPECT_TRUE(tap.error().what.ends_with("cannot be the name of a network interface")) << name;
  }
}

}  // namespace
}  // namespace bulkhead::net
