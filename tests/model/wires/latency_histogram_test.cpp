#include "model/wires/latency_histogram.hpp"

#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace bulkhead::model {
namespace {

TEST(LatencyHistogram, NothingIsZero) {
  const LatencyHistogram none;
  EXPECT_EQ(none.count(), 0U);
  EXPECT_EQ(none.percentile(0.5), 0U);
  EXPECT_EQ(none.most(), 0U);
  EXPECT_EQ(nlohmann::json::parse(none.report(1))["buckets"].size(), 0U);
}

TEST(LatencyHistogram, ShortTimesAreExact) {
  LatencyHistogram times;
  for (uint64_t time = 0; time < 64; ++time) times.saw(time);
  EXPECT_EQ(times.percentile(0), 0U);
  EXPECT_EQ(times.percentile(0.5), 31U);
  EXPECT_EQ(times.percentile(1), 63U);
}

TEST(LatencyHistogram, PercentilesAreWithinTheWidthOfABucket) {
  LatencyHistogram times;
  std::vector<uint64_t> all;
  std::mt19937_64 random{1};
  std::lognormal_distribution<double> distribution{9, 2};
  for (int i = 0; i < 100'000; ++i) {
    all.push_back(static_cast<uint64_t>(distribution(random)));
    times.saw(all.back());
  }
  std::ranges::sort(all);
  for (const double share : {0.5, 0.9, 0.99, 0.999, 0.9999}) {
    const auto exact = all[static_cast<size_t>(share * 100'000) - 1];
    EXPECT_GE(times.percentile(share), exact) << share;
    EXPECT_LE(times.percentile(share), exact + exact / 32 + 1) << share;
  }
  EXPECT_EQ(times.percentile(1), all.back());
  EXPECT_EQ(times.most(), all.back());
}

TEST(LatencyHistogram, WhatIsBeyondCountsAsTheLongest) {
  LatencyHistogram times;
  times.saw(~uint64_t{0});
  EXPECT_EQ(times.most(), LatencyHistogram::longest);
  EXPECT_EQ(times.percentile(0.5), LatencyHistogram::longest);
}

TEST(LatencyHistogram, ReportsNanosecondsAndEveryFrameInABucket) {
  LatencyHistogram times;
  for (int i = 0; i < 99; ++i) times.saw(40);
  times.saw(1'000);
  const auto report = nlohmann::json::parse(times.report(0.5));
  EXPECT_EQ(report["frames"], 100);
  EXPECT_EQ(report["p50"], 20);
  EXPECT_EQ(report["p99"], 20);
  EXPECT_EQ(report["p99.9"], 500);
  EXPECT_EQ(report["max"], 500);
  EXPECT_EQ(report["buckets"], (nlohmann::json{{20, 99}, {500, 1}}));
}

}  // namespace
}  // namespace bulkhead::model
