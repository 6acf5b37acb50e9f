#include "bulkhead/confine/compartment/backoff.hpp"

#include <gtest/gtest.h>

namespace bulkhead::confine {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, WhoWorkedForAWhileIsReplacedAtOnce) {
  Backoff backoff;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(backoff.after(Backoff::a_while).count(), 0);
}

TEST(Backoff, DeathsAtOnceArePausedForEverLongerUpToALimit) {
  Backoff backoff;
  EXPECT_EQ(backoff.after(milliseconds{1}).count(), 0);
  EXPECT_EQ(backoff.after(milliseconds{1}).count(), 0);
  EXPECT_EQ(backoff.after(milliseconds{1}).count(), 10);
  EXPECT_EQ(backoff.after(milliseconds{1}).count(), 20);
  EXPECT_EQ(backoff.after(milliseconds{1}).count(), 40);
  EXPECT_EQ(backoff.at_once(), 5U);
  for (int i = 0; i < 100; ++i) EXPECT_LE(backoff.after(milliseconds{1}), Backoff::longest);
  EXPECT_EQ(backoff.after(milliseconds{1}), Backoff::longest);
}

TEST(Backoff, ALifeThatLastedForgivesTheOnesBefore) {
  Backoff backoff;
  for (int i = 0; i < 10; ++i) static_cast<void>(backoff.after(milliseconds{1}));
  EXPECT_EQ(backoff.after(Backoff::a_while).count(), 0);
  EXPECT_EQ(backoff.after(milliseconds{1}).count(), 0);
}

}  // namespace
}  // namespace bulkhead::confine
