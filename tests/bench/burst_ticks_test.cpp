#include "bench/burst_ticks.hpp"

#include <gtest/gtest.h>

namespace bulkhead::bench {
namespace {

/// Takes known times by a clock of its own: once a burst, for each frame, and for each frame of the
/// burst before, whose buffers come back.
struct KnownCosts {
  static constexpr uint64_t once = 1000;
  static constexpr uint64_t each = 7;
  static constexpr uint64_t deferred = 3;

  void arrive(uint32_t frames) { waiting = frames, arrived = frames; }
  uint32_t step() {
    if (waiting == 0 || stuck) return 0;
    if (waiting == arrived) now += once + deferred * sent_before;
    const uint32_t handled = std::min(batch, waiting);
    now += each * handled;
    waiting -= handled;
    return handled;
  }
  void leave() { sent_before = arrived; }

  uint32_t batch;
  bool stuck = false;
  uint64_t now = 0;
  uint32_t waiting = 0;
  uint32_t arrived = 0;
  uint32_t sent_before = 0;
};

TEST(BurstTicks, AFrameCostsItsOwnAndWhatIsDeferredAndNothingThatIsPaidOnce) {
  for (const uint32_t batch : {1U, 3U, 8U, 32U, 64U, 128U, 256U}) {
    KnownCosts driver{.batch = batch};
    const auto found =
        ticks_per_frame(bursts_for(batch), 5, driver, [&driver] { return driver.now; });
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(*found, KnownCosts::each + KnownCosts::deferred) << batch;
  }
}

TEST(BurstTicks, ACounterThatAdvancesByManyTicksAtOnceIsSeenThrough) {
  constexpr uint64_t quantum = 21;
  constexpr uint64_t true_time = 430;
  std::vector<uint64_t> times;
  for (uint64_t start = 0; start < 10'000; ++start)
    times.push_back((start + true_time) / quantum * quantum - start / quantum * quantum);
  EXPECT_NEAR(usual(times), true_time, 0.1);
}

TEST(BurstTicks, WhatWasInterruptedDoesNotCount) {
  std::vector<uint64_t> times{400, 420, 410, 5'000, 390, 1'000'000};
  EXPECT_EQ(usual(times), 405);
}

TEST(BurstTicks, FramesThatDoNotComeAreTold) {
  KnownCosts driver{.batch = 8, .stuck = true};
  const auto found = ticks_per_frame(bursts_for(8), 5, driver, [] { return uint64_t{0}; });
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().message(),
            "a burst of 64 frames: a step found none of the 64 that were left");
}

TEST(BurstTicks, LongBurstsFitARingOf512) {
  for (uint32_t batch = 1; batch <= 256; ++batch) {
    const auto [few, many] = bursts_for(batch);
    EXPECT_LT(few, many);
    EXPECT_LT(many, 512U) << batch;
  }
}

}  // namespace
}  // namespace bulkhead::bench
