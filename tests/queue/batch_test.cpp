#include "bulkhead/queue/batch.hpp"

#include <gtest/gtest.h>

namespace bulkhead::queue {
namespace {

std::shared_ptr<Pool> pool_of(uint32_t buffers) {
  auto pool = Pool::create({.buffers = buffers, .buffer_size = 2_KiB});
  EXPECT_TRUE(pool) << pool.error().message();
  return *pool;
}

Packet packet_from(Pool& pool, std::byte mark) {
  auto packet = Packet::allocate(pool, 60);
  EXPECT_TRUE(packet);
  packet->bytes()[0] = mark;
  return *std::move(packet);
}

TEST(Pool, RefusesSizesThatNoPoolCanHave) {
  EXPECT_EQ(Pool::create({.buffers = 0}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(Pool::create({.buffers = 1, .buffer_size = 17_KiB}).error().code,
            ErrorCode::invalid_argument);
}

TEST(Pool, HandsOutEveryBufferOnceAndTakesItBack) {
  const auto pool = pool_of(3);
  {
    auto a = Packet::allocate(*pool, 60);
    auto b = Packet::allocate(*pool, 60);
    auto c = Packet::allocate(*pool, 2048);
    ASSERT_TRUE(a && b && c);
    EXPECT_EQ(pool->available(), 0U);
    EXPECT_FALSE(Packet::allocate(*pool, 60));
    EXPECT_NE(a->bytes().data(), b->bytes().data());
    EXPECT_EQ(c->bytes().size(), 2048U);
  }
  EXPECT_EQ(pool->available(), 3U);
  EXPECT_FALSE(Packet::allocate(*pool, 2049)) << "longer than a buffer";
}

TEST(Pool, GivingMoreThanThereIsTraps) {
  const auto pool = pool_of(1);
  EXPECT_DEATH(pool->give(std::array{Slot{0}}), "");
  constexpr std::array<Slot, 1> one{};
  EXPECT_DEATH(pool->give<1>(one), "");
  EXPECT_DEATH(pool->take(2), "");
}

TEST(Packet, MovedFromYieldsAnEmptySpan) {
  const auto pool = pool_of(1);
  auto first = Packet::allocate(*pool, 60);
  ASSERT_TRUE(first);
  const Packet second = *std::move(first);
  EXPECT_EQ(first->bytes().size(), 0U);
  EXPECT_EQ(second.bytes().size(), 60U);
}

TEST(Batch, KeepsTheOrderOfItsFrames) {
  const auto pool = pool_of(8);
  Batch batch{pool, 4};
  for (int i = 0; i < 4; ++i) batch.add(packet_from(*pool, static_cast<std::byte>(i)));
  EXPECT_EQ(batch.room(), 0U);
  int expected = 0;
  for (const std::span<std::byte> frame : batch)
    EXPECT_EQ(frame[0], static_cast<std::byte>(expected++));
  EXPECT_EQ(expected, 4);
  EXPECT_EQ(batch.take_first().bytes()[0], std::byte{0});
  EXPECT_EQ(batch.take_first().bytes()[0], std::byte{1});
  EXPECT_EQ(batch.size(), 2U);
}

TEST(Batch, FillsUpBehindWhatWasLeftOver) {
  const auto pool = pool_of(8);
  Batch batch{pool, 4};
  for (int i = 0; i < 4; ++i) batch.add(packet_from(*pool, static_cast<std::byte>(i)));
  static_cast<void>(batch.take_first());
  batch.add(packet_from(*pool, std::byte{9}));
  EXPECT_EQ(batch.size(), 4U);
  for (const int expected : {1, 2, 3, 9})
    EXPECT_EQ(batch.take_first().bytes()[0], static_cast<std::byte>(expected));
  EXPECT_TRUE(batch.empty());
}

TEST(Batch, GivesItsFramesBackToThePool) {
  const auto pool = pool_of(2);
  {
    Batch batch{pool, 2};
    batch.add(packet_from(*pool, std::byte{0}));
    batch.add(packet_from(*pool, std::byte{1}));
    EXPECT_EQ(pool->available(), 0U);
  }
  EXPECT_EQ(pool->available(), 2U);
}

TEST(Batch, RefusesAnotherPoolsPacketAndOneTooMany) {
  const auto pool = pool_of(4);
  const auto other = pool_of(4);
  Batch batch{pool, 1};
  EXPECT_DEATH(batch.add(packet_from(*other, std::byte{0})), "");
  batch.add(packet_from(*pool, std::byte{0}));
  EXPECT_DEATH(batch.add(packet_from(*pool, std::byte{0})), "");
  EXPECT_DEATH((Batch{pool, 257}), "");
}

}  // namespace
}  // namespace bulkhead::queue
