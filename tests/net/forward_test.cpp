#include "bulkhead/net/forward.hpp"

#include <deque>

#include <gtest/gtest.h>

#include "bulkhead/net/port.hpp"

namespace bulkhead::net {
namespace {

using queue::Batch;
using queue::Packet;
using queue::Pool;

/// Hands out frames that carry their number in byte 0, and 7 in byte 1.
class NumberedFrames final : public queue::RxQueue {
 public:
  NumberedFrames(Pool& pool, int count) : pool_(pool), left_(count) {}
  uint32_t receive(Batch& batch) override {
    uint32_t received = 0;
    for (; left_ > 0 && batch.room() > 0; --left_, ++received) {
      auto packet = Packet::allocate(pool_, 60);
      if (!packet) break;
      packet->bytes()[0] = static_cast<std::byte>(next_++);
      packet->bytes()[1] = std::byte{7};
      batch.add(*std::move(packet));
    }
    return received;
  }
  bool arm() override { return left_ == 0; }
  [[nodiscard]] bool stopped() const override { return broken; }
  [[nodiscard]] queue::QueueCounters counters() const override { return {}; }

  bool broken = false;

 private:
  Pool& pool_;
  int left_;
  int next_ = 0;
};

/// Takes as many frames a call as it is told, and keeps their first two bytes.
class NarrowSink final : public queue::TxQueue {
 public:
  uint32_t send(Batch& batch) override {
    uint32_t sent = 0;
    for (; sent < width && !batch.empty(); ++sent) {
      const Packet packet = batch.take_first();
      seen.emplace_back(packet.bytes()[0], packet.bytes()[1]);
    }
    return sent;
  }
  void reclaim() override { ++reclaims; }
  [[nodiscard]] bool stopped() const override { return broken; }
  [[nodiscard]] queue::QueueCounters counters() const override { return {}; }

  bool broken = false;
  int reclaims = 0;
  uint32_t width = 1000;
  std::vector<std::pair<std::byte, std::byte>> seen;
};

std::shared_ptr<Pool> make_pool() {
  return *Pool::create({.buffers = 64});
}

TEST(Forwarder, LosesAndReordersNothingWhenTheWayOutIsNarrow) {
  const auto pool = make_pool();
  NumberedFrames rx{*pool, 100};
  NarrowSink tx;
  Forwarder forwarder{rx, tx, pool, 32, Handling::unchanged};
  for (uint32_t i = 0; i < 200; ++i) {
    tx.width = i % 5;
    forwarder.step();
  }
  ASSERT_EQ(tx.seen.size(), 100U);
  for (size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(tx.seen[i].first, static_cast<std::byte>(i));
    EXPECT_EQ(tx.seen[i].second, std::byte{7});
  }
  EXPECT_TRUE(forwarder.empty());
}

TEST(Forwarder, TouchesEachFrameOnceHoweverOftenItIsOffered) {
  const auto pool = make_pool();
  NumberedFrames rx{*pool, 40};
  NarrowSink tx;
  tx.width = 3;
  Forwarder forwarder{rx, tx, pool, 32, Handling::touch};
  for (int i = 0; i < 40; ++i) forwarder.step();
  ASSERT_EQ(tx.seen.size(), 40U);
  for (const auto& [number, touched] : tx.seen) EXPECT_EQ(touched, std::byte{8});
}

TEST(Forwarder, AsksForBuffersBackWhenThePoolIsDry) {
  const auto pool = make_pool();
  NumberedFrames rx{*pool, 10};
  NarrowSink tx;
  Forwarder forwarder{rx, tx, pool, 32, Handling::unchanged};
  pool->take(64);
  EXPECT_EQ(forwarder.step().received, 0U);
  EXPECT_EQ(tx.reclaims, 1);
}

TEST(Forwarder, FlushSendsWhatIsLeftAndReceivesNothing) {
  const auto pool = make_pool();
  NumberedFrames rx{*pool, 64};
  NarrowSink tx;
  tx.width = 10;
  Forwarder forwarder{rx, tx, pool, 32, Handling::unchanged};
  EXPECT_EQ(forwarder.step().sent, 10U);
  EXPECT_EQ(forwarder.flush(), 10U);
  EXPECT_FALSE(forwarder.empty());
  tx.width = 100;
  EXPECT_EQ(forwarder.flush(), 12U);
  EXPECT_TRUE(forwarder.empty());
  EXPECT_EQ(forwarder.flush(), 0U);
}

TEST(Forwarder, TellsWhichEndHasStopped) {
  const auto pool = make_pool();
  NumberedFrames rx{*pool, 0};
  NarrowSink tx;
  const Forwarder forwarder{rx, tx, pool, 32, Handling::unchanged};
  EXPECT_FALSE(forwarder.stopped().rx || forwarder.stopped().tx);
  rx.broken = true;
  EXPECT_TRUE(forwarder.stopped().rx && !forwarder.stopped().tx);
  rx.broken = false;
  tx.broken = true;
  EXPECT_TRUE(!forwarder.stopped().rx && forwarder.stopped().tx);
}

TEST(Port, ANameOfNoKnownFormIsRefusedWithTheForms) {
  const auto port = open_port("eth0", {.pools = {make_pool()}});
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(port.error().message().find("vfio-user:"), std::string::npos);
}

TEST(Port, KnowsTheDevicesOfEveryDriver) {
  EXPECT_EQ(device_name({0x8086, 0x10FB}), "82599ES SFP+ (X520)");
  EXPECT_EQ(device_name({0x8086, 0x10D3}), "82574L Gigabit");
  EXPECT_EQ(device_name({0x8086, 0x1572}), std::nullopt);
}

TEST(Port, ASocketThatIsNotThereIsNamed) {
  const auto port = open_port("vfio-user:/nowhere/a.sock", {.pools = {make_pool()}});
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().code, ErrorCode::not_found);
  EXPECT_NE(port.error().message().find("/nowhere/a.sock"), std::string::npos);
}

}  // namespace
}  // namespace bulkhead::net
