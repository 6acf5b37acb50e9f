#include "bulkhead/app/forward_threads.hpp"

#include <algorithm>
#include <array>
#include <semaphore>
#include <vector>

#include <gtest/gtest.h>

#include "bulkhead/base/deadline.hpp"

namespace bulkhead::app {
namespace {

constexpr std::chrono::seconds long_enough{20};

/// Frames for a thread to move, and what it meets.
struct Supply {
  uint64_t frames = 0;
  bool broken = false;
  bool hangs = false;
  std::binary_semaphore reached{0};
  std::binary_semaphore released{0};
};

class SuppliedWay final : public net::Way {
 public:
  explicit SuppliedWay(Supply& supply) : supply_(supply) {}

  Step step() override {
    if (supply_.hangs) {
      supply_.reached.release();
      supply_.released.acquire();
    }
    const auto count = static_cast<uint32_t>(std::min<uint64_t>(supply_.frames, 32));
    supply_.frames -= count;
    return {.received = count, .sent = count};
  }
  uint32_t flush() override { return 0; }
  [[nodiscard]] bool empty() const override { return true; }
  [[nodiscard]] Stopped stopped() const override {
    return {.rx = supply_.broken, .tx = supply_.broken};
  }
  [[nodiscard]] queue::QueueCounters rx_counters() const override { return {}; }
  [[nodiscard]] queue::QueueCounters tx_counters() const override { return {}; }

 private:
  Supply& supply_;
};

constexpr uint64_t endless = uint64_t{1} << 62U;

class ForwardThreadsTest : public ::testing::Test {
 protected:
  /// A thread for each supply, in turns from A to B and from B to A.
  std::unique_ptr<ForwardThreads> start(uint64_t limit, Idle idle = Idle::sleep) {
    std::vector<Share> shares;
    for (size_t i = 0; i < supplies.size(); ++i) {
      Directions directions;
      directions.push_back({.way = std::make_unique<SuppliedWay>(supplies.at(i)), .number = i % 2});
      shares.push_back({.directions = std::move(directions), .arrivals = *net::Waiter::create({})});
    }
    return std::make_unique<ForwardThreads>(
        std::move(shares),
        ForwardWorker::Options{
            .limit = limit, .idle = idle, .calls = confine::SystemCalls::interrupts},
        nullptr);
  }
  std::array<Supply, 3> supplies;
};

TEST_F(ForwardThreadsTest, AddsUpWhatEachOfThemHasForwarded) {
  for (const Idle idle : {Idle::spin, Idle::sleep}) {
    supplies[0].frames = 1000;
    supplies[1].frames = 20;
    supplies[2].frames = 3;
    const auto threads = start(0, idle);
    EXPECT_TRUE(wait_until([&] { return threads->passed().total() == 1023; }, long_enough));
    EXPECT_FALSE(threads->finished());
    EXPECT_TRUE(threads->stop());
    EXPECT_EQ(threads->passed().frames, (std::array<uint64_t, 2>{1003, 20}));
    EXPECT_EQ(threads->passed().batches, 32 + 1 + 1);
    EXPECT_EQ(threads->frames_by_thread(), (std::vector<uint64_t>{1000, 20, 3}));
    EXPECT_TRUE(threads->outcome());
  }
}

TEST_F(ForwardThreadsTest, TheLimitIsThatOfAllTogether) {
  for (Supply& supply : supplies) supply.frames = 1024;
  const auto threads = start(3072);
  EXPECT_TRUE(wait_until([&] { return threads->finished(); }, long_enough));
  EXPECT_TRUE(threads->stop());
  EXPECT_EQ(threads->passed().total(), 3072);
}

TEST_F(ForwardThreadsTest, NoneGoesOnBeyondTheLimit) {
  for (Supply& supply : supplies) supply.frames = endless;
  const auto threads = start(100'000, Idle::spin);
  const auto all_finished = [&] {
    return std::ranges::all_of(threads->workers(),
                               [](const auto& worker) { return worker->finished(); });
  };
  EXPECT_TRUE(wait_until(all_finished, long_enough));
  EXPECT_GE(threads->passed().total(), 100'000);
}

TEST_F(ForwardThreadsTest, SaysWhichDirectionHasStoppedInAnyOfThem) {
  supplies[0].frames = supplies[2].frames = endless;
  supplies[1].broken = true;
  const auto threads = start(0);
  EXPECT_TRUE(
      wait_until([&] { return threads->stopped(1).rx && threads->stopped(1).tx; }, long_enough));
  EXPECT_FALSE(threads->stopped(0).rx || threads->stopped(0).tx);
}

TEST_F(ForwardThreadsTest, OneThatHangsIsNotWaitedForWithoutLimit) {
  supplies[0].frames = endless;
  supplies[1].hangs = true;
  const auto threads = start(0);
  supplies[1].reached.acquire();
  EXPECT_FALSE(threads->stop());
  EXPECT_TRUE(threads->workers()[0]->finished());
  EXPECT_FALSE(threads->workers()[1]->finished());
  supplies[1].released.release();
  EXPECT_TRUE(threads->stop());
}

}  // namespace
}  // namespace bulkhead::app
