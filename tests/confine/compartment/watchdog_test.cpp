#include "bulkhead/confine/compartment/watchdog.hpp"

#include <gtest/gtest.h>

namespace bulkhead::confine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Watchdog, AHeartbeatThatStandsStillForTheProcessesOwnTimeIsAHang) {
  Watchdog watchdog{milliseconds{200}};
  EXPECT_FALSE(watchdog.hangs(1, milliseconds{1000}));
  EXPECT_FALSE(watchdog.hangs(1, milliseconds{1199}));
  EXPECT_TRUE(watchdog.hangs(1, milliseconds{1200}));
}

TEST(Watchdog, AProcessThatSleepsOrWaitsForAProcessorIsNotHung) {
  Watchdog watchdog{milliseconds{200}};
  EXPECT_FALSE(watchdog.hangs(1, milliseconds{1000}));
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(watchdog.hangs(1, milliseconds{1100}));
}

TEST(Watchdog, EveryHeartbeatBeginsAnew) {
  Watchdog watchdog{milliseconds{200}};
  for (uint64_t beat = 1; beat < 100; ++beat)
    EXPECT_FALSE(watchdog.hangs(beat, milliseconds{199} * beat));
}

TEST(Watchdog, AHeartbeatThatGoesBackIsAHeartbeat) {
  Watchdog watchdog{milliseconds{200}};
  EXPECT_FALSE(watchdog.hangs(5, milliseconds{0}));
  EXPECT_FALSE(watchdog.hangs(4, milliseconds{300}));
}

TEST(Watchdog, BeforeItsFirstHeartbeatAProcessHasLonger) {
  Watchdog watchdog{milliseconds{200}};
  EXPECT_FALSE(watchdog.hangs(0, Watchdog::start_limit - milliseconds{1}));
  EXPECT_TRUE(watchdog.hangs(0, Watchdog::start_limit));
}

TEST(Watchdog, ALimitAboveThatHoldsFromTheStart) {
  Watchdog watchdog{seconds{20}};
  EXPECT_FALSE(watchdog.hangs(0, seconds{19}));
  EXPECT_TRUE(watchdog.hangs(0, seconds{20}));
}

}  // namespace
}  // namespace bulkhead::confine
