// Frames that go to another core, and buffers that come back to another one than they were taken
// from.
#include "bulkhead/queue/handover.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/queue/depot.hpp"

namespace bulkhead::queue {
namespace {

using Pools = std::vector<std::shared_ptr<Pool>>;

Pools pools_for(uint32_t cores, uint32_t buffers) {
  auto pools = Pool::create_for_cores({.buffers = buffers, .buffer_size = 1_KiB}, cores);
  EXPECT_TRUE(pools) << pools.error().message();
  return *std::move(pools);
}

/// Takes all that a pool can get hold of.
void take_all(Pool& pool, std::vector<Slot>& slots) {
  while (pool.has(1)) {
    slots.push_back(pool.next_free(1).front());
    pool.take(1);
  }
}

/// Whether each buffer of `count` is there once.
void expect_all_once(std::vector<Slot> slots, size_t count) {
  EXPECT_EQ(slots.size(), count) << "some are lost, or more than there were";
  std::ranges::sort(slots);
  EXPECT_EQ(std::ranges::adjacent_find(slots), slots.end()) << "a buffer is there twice";
}

TEST(PoolsForCores, BeginWithTheirShareOfOneMemory) {
  const auto pools = pools_for(3, 100);
  std::vector<Slot> slots;
  for (const auto& pool : pools) {
    EXPECT_EQ(pool->available(), 100U);
    EXPECT_EQ(pool->capacity(), 100U);
    EXPECT_TRUE(pool->shares_memory_with(*pools.front()));
    take_all(*pool, slots);
  }
  expect_all_once(slots, 300);
  const auto other = *Pool::create({.buffers = 64});
  EXPECT_FALSE(other->shares_memory_with(*pools.front()));
}

TEST(PoolsForCores, RefuseWhatCannotBe) {
  EXPECT_EQ(Pool::create_for_cores({.buffers = 128}, 0).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(Pool::create_for_cores({.buffers = 128}, 65).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(Pool::create_for_cores({.buffers = 63}, 2).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(Pool::create_for_cores({.buffers = 1U << 20U}, 2).error().code,
            ErrorCode::invalid_argument);
}

TEST(PoolsForCores, WhatOneGetsBeyondItsShareAnotherFetches) {
  const auto pools = pools_for(2, 128);
  Pool& giver = *pools[0];
  Pool& taker = *pools[1];
  std::vector<Slot> slots;
  take_all(taker, slots);
  EXPECT_EQ(slots.size(), 128U) << "what another has is its own";
  EXPECT_FALSE(taker.has(1));
  for (size_t i = 0; i < slots.size(); ++i) giver.give(std::span{slots}.subspan(i, 1));
  EXPECT_LE(giver.available(), giver.capacity());
  EXPECT_TRUE(taker.has(32));
  std::vector<Slot> again;
  take_all(taker, again);
  take_all(giver, again);
  expect_all_once(again, 256);
}

TEST(PoolsForCores, OnePoolsEndLeavesItsBuffersToTheOthers) {
  auto pools = pools_for(3, 77);
  std::vector<Slot> slots;
  take_all(*pools[0], slots);
  pools[1].reset();
  take_all(*pools[0], slots);
  pools[2].reset();
  take_all(*pools[0], slots);
  expect_all_once(slots, 3 * 77);
}

TEST(PoolsForCores, MorePiecesThanFitGoBackAsAWhole) {
  const auto pools = pools_for(2, 64);
  std::vector<Slot> slots;
  take_all(*pools[0], slots);
  take_all(*pools[1], slots);
  pools[0]->give(slots);
  EXPECT_EQ(pools[0]->available(), 64U);
  pools[0]->take(64);
  slots.resize(64);
  take_all(*pools[1], slots);
  EXPECT_EQ(slots.size(), 128U);
}

TEST(PoolDeathTest, ASlotThatIsGivenTwiceToTheOnlyPoolIsATrap) {
  const auto pool = *Pool::create({.buffers = 64});
  const Slot slot = pool->next_free(1).front();
  EXPECT_DEATH(pool->give(std::array{slot}), "");
}

TEST(Depot, GivesWhatItGotLastFirst) {
  Depot depot{96, 1};
  std::array<Slot, Depot::bundle> out{};
  EXPECT_EQ(depot.take(out), 0U);
  std::array<Slot, Depot::bundle> in{};
  for (uint32_t i = 0; i < in.size(); ++i) in.at(i) = Slot{i};
  depot.put(in);
  depot.put(std::span{in}.first(3));
  EXPECT_EQ(depot.take(out), 3U);
  EXPECT_EQ(depot.take(out), 32U);
  EXPECT_EQ(out, in);
  EXPECT_EQ(depot.take(out), 0U);
}

TEST(Handover, KeepsOrderAndWhatDoesNotFit) {
  const auto pools = pools_for(2, 2048);
  Handover handover{pools[0], pools[1]};
  uint32_t number = 0;
  uint32_t expected = 0;
  for (uint32_t put = 0; put < 40; ++put) {
    Batch batch{pools[0], 100};
    while (batch.room() > 0) {
      auto packet = Packet::allocate(*pools[0], 60);
      ASSERT_TRUE(packet);
      shared::store_relaxed<uint32_t>(packet->bytes(), 0, number++);
      batch.add(*std::move(packet));
    }
    while (!batch.empty()) {
      if (handover.put(batch) == 100) break;
      Batch taken{pools[1], 77};
      ASSERT_EQ(handover.take(taken), 77U);
      for (const auto frame : taken)
        EXPECT_EQ(shared::load_relaxed<uint32_t>(frame, 0), expected++);
    }
  }
}

TEST(HandoverDeathTest, PoolsOfTwoMemoriesHaveNone) {
  const auto one = *Pool::create({.buffers = 64});
  const auto other = *Pool::create({.buffers = 64});
  EXPECT_DEATH((Handover{one, other}), "");
}

/// A core that makes frames, hands them on around a ring of cores, and drops what comes to it: so
/// every buffer comes back to another core than it was taken from.
class Core {
 public:
  Core(std::shared_ptr<Pool> pool, Handover& in, Handover& out, uint32_t frames)
      : pool_(std::move(pool)), in_(in), out_(out), left_(frames), to_come_(frames) {}

  /// Until all that it was to make has left, and as many have come; false if that takes too long.
  bool run() {
    const auto deadline = Deadline::after(std::chrono::seconds{60});
    Batch made{pool_, 29};
    while (left_ > 0 || !made.empty() || to_come_ > 0) {
      make(made);
      out_.put(made);
      take();
      if (deadline.reached()) return false;
      std::this_thread::yield();  // there may be fewer processors than cores
    }
    return true;
  }
  [[nodiscard]] bool in_order() const { return in_order_; }

 private:
  void make(Batch& batch) {
    while (left_ > 0 && batch.room() > 0) {
      auto packet = Packet::allocate(*pool_, 60);
      if (!packet) return;
      // Plain bytes: a frame that two cores hold is a data race.
      for (auto& byte : packet->bytes().first(8)) byte = static_cast<std::byte>(left_);
      batch.add(*std::move(packet));
      --left_;
    }
  }
  void take() {
    Batch batch{pool_, 64};
    to_come_ -= in_.take(batch);
    for (const auto frame : batch) {
      for (const auto byte : frame.first(8)) in_order_ &= byte == static_cast<std::byte>(next_);
      --next_;
    }
  }

  std::shared_ptr<Pool> pool_;
  Handover& in_;
  Handover& out_;
  uint32_t left_;
  uint32_t to_come_;
  uint32_t next_ = left_;
  bool in_order_ = true;
};

TEST(Handover, CoresThatDropEachOthersFramesLoseNoBufferAndShareNone) {
  constexpr uint32_t cores = 3;
  constexpr uint32_t frames = 20'000;
  constexpr uint32_t buffers = 256;  // few: they run dry, and fetch what others gave up
  const auto pools = pools_for(cores, buffers);
  {
    std::vector<std::unique_ptr<Handover>> ways;
    for (uint32_t i = 0; i < cores; ++i)
      ways.push_back(std::make_unique<Handover>(pools[i], pools[(i + 1) % cores]));
    std::vector<Core> all;
    for (uint32_t i = 0; i < cores; ++i)
      all.emplace_back(pools[i], *ways[(i + cores - 1) % cores], *ways[i], frames);
    std::atomic<uint32_t> done{0};
    std::vector<std::thread> threads;
    for (auto& core : all) threads.emplace_back([&core, &done] { done += core.run() ? 1 : 0; });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(done.load(), cores) << "one of them waits for buffers that do not come";
    for (const auto& core : all) EXPECT_TRUE(core.in_order());
  }
  std::vector<Slot> slots;
  for (const auto& pool : pools) take_all(*pool, slots);
  expect_all_once(slots, cores * buffers);
}

TEST(Handover, OneCoreThatOnlyTakesAndOneThatOnlyGivesDoNotRunDry) {
  constexpr uint32_t frames = 20'000;
  const auto pools = pools_for(2, 256);
  {
    Handover way{pools[0], pools[1]};
    std::thread giver{[&] {
      const auto deadline = Deadline::after(std::chrono::seconds{60});
      for (uint32_t taken = 0; taken < frames && !deadline.reached();) {
        Batch batch{pools[1], 64};
        taken += way.take(batch);
        std::this_thread::yield();
      }
    }};
    const auto deadline = Deadline::after(std::chrono::seconds{60});
    Batch batch{pools[0], 32};
    uint32_t made = 0;
    while ((made < frames || !batch.empty()) && !deadline.reached()) {
      while (batch.room() > 0 && made < frames) {
        auto packet = Packet::allocate(*pools[0], 60);
        if (!packet) break;
        batch.add(*std::move(packet));
        ++made;
      }
      way.put(batch);
      std::this_thread::yield();
    }
    giver.join();
    EXPECT_EQ(made, frames);
  }
  std::vector<Slot> slots;
  for (const auto& pool : pools) take_all(*pool, slots);
  expect_all_once(slots, 512);
}

}  // namespace
}  // namespace bulkhead::queue
