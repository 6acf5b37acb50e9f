#include "model/message_times.hpp"

#include <gtest/gtest.h>

namespace bulkhead::model {
namespace {

using namespace std::chrono_literals;
constexpr MessageTimes::Clock::time_point start{1h};

TEST(MessageTimes, AnIdlePortLooksOften) {
  MessageTimes times;
  EXPECT_TRUE(times.due(false, start));
  EXPECT_FALSE(times.due(false, start + 19us));
  EXPECT_TRUE(times.due(false, start + 20us));
  EXPECT_FALSE(times.due(false, start + 39us));
}

TEST(MessageTimes, ABusyOneHasOtherThingsToDo) {
  MessageTimes times;
  EXPECT_TRUE(times.due(true, start));
  EXPECT_FALSE(times.due(true, start + 199us));
  EXPECT_TRUE(times.due(true, start + 200us));
}

TEST(MessageTimes, ATurnThatTakesLongIsFollowedByALook) {
  MessageTimes times;
  for (int turn = 0; turn < 10; ++turn) EXPECT_TRUE(times.due(true, start + turn * 1ms)) << turn;
}

}  // namespace
}  // namespace bulkhead::model
