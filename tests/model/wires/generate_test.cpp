#include "model/wires/generate.hpp"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "bulkhead/base/ticks.hpp"

namespace bulkhead::model {
namespace {

using namespace std::chrono_literals;

using Frame = std::vector<std::byte>;

Frame next(Generate& wire) {
  const auto frame = wire.peek();
  Frame copy(frame.begin(), frame.end());
  wire.consume();
  return copy;
}

constexpr uint64_t always_due = 1'000'000'000;
/// That a driver at work finds whole.
constexpr std::chrono::seconds longest_backlog{1};

Frame next_due(Generate& wire) {
  while (wire.peek().empty()) {
  }
  return next(wire);
}

uint64_t due_at(const Frame& frame) {
  const auto content = TestFrame::parse(frame);
  return content ? content->due_at : 0;
}

/// How many ticks() that took.
uint64_t stand_still(std::chrono::milliseconds time) {
  const uint64_t start = ticks();
  std::this_thread::sleep_for(time);
  return ticks() - start;
}

TEST(Generate, SizesCountTheCrc) {
  for (const uint64_t size : {64U, 65U, 80U, 81U, 1518U, 9728U}) {
    Generate wire{size, 0};
    EXPECT_EQ(wire.peek().size(), size - 4);
    EXPECT_TRUE(wire.transmit(next(wire)));
    EXPECT_EQ(wire.received(), 1U) << size;
  }
}

TEST(Generate, OffersTheSameFrameUntilItIsConsumed) {
  Generate wire{64, 0};
  const auto first = wire.peek();
  const Frame copy(first.begin(), first.end());
  const auto again = wire.peek();
  EXPECT_EQ(Frame(again.begin(), again.end()), copy);
  EXPECT_EQ(wire.sent(), 0U);
}

TEST(Generate, FramesThatComeBackInOrderAreFine) {
  Generate wire{64, 0};
  for (int i = 0; i < 1000; ++i) wire.transmit(next(wire));
  EXPECT_EQ(wire.received(), 1000U);
  EXPECT_EQ(wire.sequence_counts().lost, 0U);
  EXPECT_EQ(wire.sequence_counts().out_of_order, 0U);
  EXPECT_EQ(wire.sequence_counts().duplicated, 0U);
  EXPECT_NE(wire.report().find("\"not_returned\":0"), std::string::npos);
}

TEST(Generate, HowLongFramesTookIsCountedOfThoseThatCameBackIntact) {
  Generate wire{64, always_due};
  for (int i = 0; i < 101; ++i) wire.transmit(next(wire));
  auto corrupted = next(wire);
  corrupted[50] ^= std::byte{1};
  wire.transmit(corrupted);
  EXPECT_EQ(wire.latency().count(), 100U);
  EXPECT_GT(wire.latency().percentile(0.5), 0U);
  const auto report = nlohmann::json::parse(wire.report())["latency_ns"];
  EXPECT_EQ(report["frames"], 100);
  EXPECT_LE(report["p50"], report["max"]);
  uint64_t frames = 0;
  for (const auto& bucket : report["buckets"]) frames += bucket[1].get<uint64_t>();
  EXPECT_EQ(frames, 100U);
}

TEST(Generate, FramesThatWereNotDueHaveNoLatency) {
  Generate wire{64, 0};
  for (int i = 0; i < 10; ++i) wire.transmit(next(wire));
  EXPECT_EQ(wire.latency().count(), 0U);
  EXPECT_TRUE(nlohmann::json::parse(wire.report())["latency_ns"].is_null());
}

TEST(Generate, WhatWaitedForTheDriverToBeginIsNotCounted) {
  Generate wire{64, always_due};
  const auto first = next(wire);
  const auto second = next(wire);
  wire.transmit(first);
  wire.transmit(second);
  EXPECT_EQ(wire.latency().count(), 0U);
  wire.transmit(next(wire));
  EXPECT_EQ(wire.latency().count(), 1U);
}

TEST(Generate, WhatWaitsForTheDeviceIsOnItsWay) {
  Generate wire{64, always_due};
  wire.transmit(next(wire));
  static_cast<void>(wire.peek());
  const uint64_t stall = stand_still(1ms);
  wire.transmit(next(wire));
  EXPECT_GE(wire.latency().most(), stall);
}

TEST(Generate, AStallIsInTheLatencyOfEveryFrameThatWasDueInIt) {
  const auto start = std::chrono::steady_clock::now();
  Generate wire{64, 1000};
  wire.transmit(next_due(wire));
  const uint64_t stall = stand_still(50ms);
  while (!wire.peek().empty()) wire.transmit(next(wire));
  EXPECT_GE(wire.latency().count(), 45U);
  EXPECT_GE(wire.latency().most(), stall / 4 * 3);
  EXPECT_GE(wire.latency().percentile(0.5), stall / 4);
  if (std::chrono::steady_clock::now() - start < longest_backlog) {
    EXPECT_EQ(wire.given_up(), 0U);
  }
}

TEST(Generate, ADriverThatBeginsFindsFewFramesWaiting) {
  const auto start = std::chrono::steady_clock::now();
  Generate wire{64, 1'000'000};
  const uint64_t stall = stand_still(50ms);
  uint64_t before = ticks();
  const auto first = next(wire);
  EXPECT_GE(due_at(first), before - stall / 2);
  before = ticks();
  wire.transmit(first);
  EXPECT_GE(due_at(next_due(wire)), before);
  if (std::chrono::steady_clock::now() - start < longest_backlog) {
    EXPECT_EQ(wire.given_up(), 0U) << "they were for nobody";
  }
}

TEST(Generate, WhatADriverLeavesForMoreThanASecondIsGivenUp) {
  Generate wire{64, 100};
  wire.transmit(next_due(wire));
  const uint64_t stall = stand_still(1500ms);
  const uint64_t before = ticks();
  EXPECT_GE(due_at(next(wire)), before - stall / 6 * 5);
  EXPECT_GE(wire.given_up(), 30U);
  EXPECT_EQ(nlohmann::json::parse(wire.report())["given_up"], wire.given_up());
}

TEST(Generate, Byte1MayBeTouchedTwice) {
  Generate wire{64, 0};
  for (const int touches : {0, 1, 2}) {
    auto frame = next(wire);
    frame[1] = static_cast<std::byte>(std::to_integer<int>(frame[1]) + touches);
    wire.transmit(frame);
  }
  EXPECT_EQ(wire.received(), 3U);
  auto frame = next(wire);
  frame[1] = static_cast<std::byte>(std::to_integer<int>(frame[1]) + 3);
  wire.transmit(frame);
  EXPECT_EQ(wire.corrupted(), 1U);
}

TEST(Generate, EveryOtherChangedBitIsNoticed) {
  for (const uint64_t size : {64U, 75U, 128U, 1001U}) {
    Generate wire{size, 0};
    const auto frame = next(wire);
    uint64_t changed = 0;
    for (size_t at = 0; at < frame.size(); ++at) {
      if (at == 1) continue;
      auto bad = frame;
      bad[at] ^= std::byte{0x10};
      wire.transmit(bad);
      ++changed;
    }
    EXPECT_EQ(wire.received(), 0U);
    // Without its type or magic it is not one of ours any more.
    EXPECT_EQ(wire.foreign(), 6U);
    EXPECT_EQ(wire.corrupted(), changed - 6U);
  }
}

TEST(Generate, SwappedWordsAndWrongLengthsAreNoticed) {
  Generate wire{128, 0};
  auto swapped = next(wire);
  std::swap_ranges(swapped.begin() + 64, swapped.begin() + 72, swapped.begin() + 80);
  wire.transmit(swapped);
  auto longer = next(wire);
  longer.push_back(std::byte{0});
  wire.transmit(longer);
  auto shorter = next(wire);
  shorter.resize(100);
  wire.transmit(shorter);
  EXPECT_EQ(wire.corrupted(), 3U);
}

TEST(Generate, LostDoubledAndOvertakenFramesAreTold) {
  Generate wire{64, 0};
  std::vector<Frame> frames;
  for (uint32_t i = 0; i < 10 * TestFrame::flows; ++i) frames.push_back(next(wire));
  const auto send = [&](size_t n) { wire.transmit(frames.at(n * TestFrame::flows)); };
  send(0);
  send(3);
  EXPECT_EQ(wire.sequence_counts().lost, 2U);
  send(2);
  EXPECT_EQ(wire.sequence_counts().lost, 1U);
  EXPECT_EQ(wire.sequence_counts().out_of_order, 1U);
  send(3);
  EXPECT_EQ(wire.sequence_counts().duplicated, 1U);
}

TEST(Generate, OtherFramesAreForeign) {
  Generate wire{64, 0};
  wire.transmit(Frame(60));
  wire.transmit(Frame(10));
  EXPECT_EQ(wire.foreign(), 2U);
}

TEST(Generate, StreamsOfOthersAreFollowedUpToABound) {
  Generate wire{64, 0};
  for (uint32_t i = 0; i < Generate::max_streams + 5; ++i) {
    Generate other{64, 0, 1000 + i};
    wire.transmit(next(other));
  }
  EXPECT_EQ(wire.received(), Generate::max_streams);
  EXPECT_EQ(wire.foreign(), 5U);
}

TEST(Generate, ARateHoldsFramesBack) {
  Generate wire{64, 1};
  int offered = 0;
  for (int i = 0; i < 100; ++i) {
    if (wire.peek().empty()) continue;
    ++offered;
    wire.consume();
  }
  EXPECT_LE(offered, 2) << "one is due at once; the next a second later";
  EXPECT_GE(offered, 1);
}

}  // namespace
}  // namespace bulkhead::model
