// Interfaces that have some: tap_test.cpp.
#include "bulkhead/net/tap_queues.hpp"

#include <gtest/gtest.h>

namespace bulkhead::net {
namespace {

TEST(TapQueues, WhatIsNoTapInterfaceHasNone) {
  for (const std::string name :
       {"lo", "", "nothing", "sixteencharacter", "much-longer-than-a-name"})
    EXPECT_EQ(tap_queues(name), std::nullopt) << name;
}

}  // namespace
}  // namespace bulkhead::net
