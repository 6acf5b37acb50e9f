#include "bulkhead/confine/compartment/watchdog.hpp"

#include <functional>

#include <gtest/gtest.h>

namespace bulkhead::confine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A process as it stands when it is looked at, or one that goes on between any two looks.
struct Observed {
  Watchdog watchdog;
  uint64_t beat = 0;
  std::chrono::nanoseconds time{0};
  std::function<void()> meanwhile = [] {};

  bool hangs(uint64_t new_beat, std::chrono::nanoseconds new_time) {
    beat = new_beat;
    time = new_time;
    return look();
  }
  bool look() {
    return watchdog.hangs(
        [this] {
          const auto read = beat;
          meanwhile();
          return read;
        },
        [this] {
          const auto read = time;
          meanwhile();
          return read;
        });
  }
};

TEST(Watchdog, AHeartbeatThatStandsStillForTheProcessesOwnTimeIsAHang) {
  Observed watchdog{Watchdog{milliseconds{200}}};
  EXPECT_FALSE(watchdog.hangs(1, milliseconds{1000}));
  EXPECT_FALSE(watchdog.hangs(1, milliseconds{1199}));
  EXPECT_TRUE(watchdog.hangs(1, milliseconds{1200}));
}

TEST(Watchdog, AProcessThatSleepsOrWaitsForAProcessorIsNotHung) {
  Observed watchdog{Watchdog{milliseconds{200}}};
  EXPECT_FALSE(watchdog.hangs(1, milliseconds{1000}));
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(watchdog.hangs(1, milliseconds{1100}));
}

TEST(Watchdog, EveryHeartbeatBeginsAnew) {
  Observed watchdog{Watchdog{milliseconds{200}}};
  for (uint64_t beat = 1; beat < 100; ++beat)
    EXPECT_FALSE(watchdog.hangs(beat, milliseconds{199} * beat));
}

TEST(Watchdog, AHeartbeatThatGoesBackIsAHeartbeat) {
  Observed watchdog{Watchdog{milliseconds{200}}};
  EXPECT_FALSE(watchdog.hangs(5, milliseconds{0}));
  EXPECT_FALSE(watchdog.hangs(4, milliseconds{300}));
}

TEST(Watchdog, AProcessThatBeatsIsNotHungHoweverSlowlyWeLook) {
  Observed process{Watchdog{milliseconds{200}}};
  EXPECT_FALSE(process.hangs(1, milliseconds{1000}));
  process.meanwhile = [&process] {
    process.time += milliseconds{300};
    ++process.beat;
  };
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(process.look());
}

TEST(Watchdog, WhatPassedBeforeABeatWasReadDoesNotCountAgainstTheProcess) {
  Observed process{Watchdog{milliseconds{200}}};
  bool once = true;
  process.meanwhile = [&] {
    if (once) process.time += milliseconds{300};
    once = false;
  };
  EXPECT_FALSE(process.hangs(1, milliseconds{1000}));
  EXPECT_FALSE(process.hangs(1, milliseconds{1350})) << "50 ms since its beat was read";
  EXPECT_TRUE(process.hangs(1, milliseconds{1500}));
}

TEST(Watchdog, AHeartbeatThatIsUndoneBringsNoPatienceBack) {
  Observed watchdog{Watchdog{milliseconds{200}}};
  EXPECT_FALSE(watchdog.hangs(1, milliseconds{1000}));
  EXPECT_FALSE(watchdog.hangs(0, milliseconds{1100}));
  EXPECT_FALSE(watchdog.hangs(0, milliseconds{1299}));
  EXPECT_TRUE(watchdog.hangs(0, milliseconds{1300}));
}

TEST(Watchdog, BeforeItsFirstHeartbeatAProcessHasLonger) {
  Observed watchdog{Watchdog{milliseconds{200}}};
  EXPECT_FALSE(watchdog.hangs(0, Watchdog::start_limit - milliseconds{1}));
  EXPECT_TRUE(watchdog.hangs(0, Watchdog::start_limit));
}

TEST(Watchdog, ALimitAboveThatHoldsFromTheStart) {
  Observed watchdog{Watchdog{seconds{20}}};
  EXPECT_FALSE(watchdog.hangs(0, seconds{19}));
  EXPECT_TRUE(watchdog.hangs(0, seconds{20}));
}

}  // namespace
}  // namespace bulkhead::confine
