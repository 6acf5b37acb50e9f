// The whole driver against QEMU's model of the 82574.
#include "bulkhead/driver/e1000e/e1000e.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/driver/elsewhere.hpp"
#include "tests/driver/frames.hpp"
#include "tests/qtest/start.hpp"
#include "tests/qtest/wire.hpp"

namespace bulkhead::e1000e {
namespace {

using driver::broadcast;
using driver::Config;
using driver::Frame;
using driver::frame_to;
using driver::MacAddress;
using driver::make_pool;
using driver::receive_for_a_while;
using driver::sleeps_and_receives;
using driver::stranger;
using queue::Batch;
using std::chrono::seconds;

/// With either format of receive descriptors.
class E1000eTest : public ::testing::TestWithParam<RxFormat> {
 protected:
  void SetUp() override {
    START_OR_SKIP(function_, {.device = "e1000e,netdev=wire,mac=02:42:68:00:00:07",
                              .arguments = {"-netdev", wire_.netdev()},
                              .inherited = {wire_.inherited()}});
  }

  [[nodiscard]] std::unique_ptr<driver::Nic> open(Config config) const {
    auto nic = E1000e::open(function_, std::move(config), {.rx_format = GetParam()});
    EXPECT_TRUE(nic) << nic.error().message();
    const auto link = (*nic)->wait_for_link(seconds{5});
    EXPECT_TRUE(link && link->up);
    return *std::move(nic);
  }
  void put(const Frame& frame) const {
    ASSERT_TRUE(wait_until([&] { return wire_.put(frame); }, seconds{5}));
  }
  [[nodiscard]] std::vector<Frame> take(size_t wanted) const {
    std::vector<Frame> frames;
    wait_until(
        [&] {
          for (auto& frame : wire_.take()) frames.push_back(std::move(frame));
          return frames.size() >= wanted;
        },
        seconds{5});
    return frames;
  }

  qtest::Wire wire_;
  std::shared_ptr<qtest::Function> function_;
};

uint64_t value_of(const std::vector<driver::Statistic>& statistics, std::string_view name) {
  const auto found = std::ranges::find(statistics, name, &driver::Statistic::name);
  return found == statistics.end() ? ~uint64_t{0} : found->value;
}

TEST_P(E1000eTest, ComesUpWithItsAddressAndLink) {
  const auto nic = open({.pools = {make_pool()}});
  EXPECT_EQ(nic->mac().to_string(), "02:42:68:00:00:07");
  EXPECT_TRUE(nic->description().starts_with("82574L Gigabit at qtest:")) << nic->description();
  EXPECT_EQ(nic->queues(), 1U);
  EXPECT_EQ(nic->link()->megabits_per_second, 1'000U);
}

TEST_P(E1000eTest, ReceivesWhatTheWireBrings) {
  const auto pool = make_pool();
  const auto nic = open({.pools = {pool}});
  std::vector<Frame> sent;
  std::vector<Frame> received;
  for (unsigned i = 0; i < 1500; ++i) {
    sent.push_back(frame_to(nic->mac(), 60 + i % 1455, i));
    put(sent.back());
    if (i % 100 == 99)
      std::ranges::move(receive_for_a_while(*nic, pool, 100), std::back_inserter(received));
  }
  EXPECT_EQ(received, sent);
}

TEST_P(E1000eTest, SendsWhatItIsGiven) {
  const auto pool = make_pool();
  const auto nic = open({.pools = {pool}});
  std::vector<Frame> expected;
  std::vector<Frame> out;
  for (unsigned round = 0; round < 60; ++round) {
    Batch batch{pool};
    for (unsigned i = 0; i < 25; ++i) {
      const Frame& frame =
          expected.emplace_back(frame_to(stranger, 60 + (round * 25 + i) % 1455, round + i));
      auto packet = queue::Packet::allocate(*pool, static_cast<uint32_t>(frame.size()));
      ASSERT_TRUE(packet);
      std::ranges::copy(frame, packet->bytes().begin());
      batch.add(*std::move(packet));
    }
    ASSERT_TRUE(wait_until(
        [&] {
          nic->tx(QueueId{0}).send(batch);
          return batch.empty();
        },
        seconds{5}));
    std::ranges::move(take(25), std::back_inserter(out));
  }
  EXPECT_EQ(out, expected);
  EXPECT_GT(pool->available(), pool->capacity() - intel::ring_size - 128) << "buffers come back";
}

TEST_P(E1000eTest, AFrameWakesASleeper) {
  const auto pool = make_pool();
  const auto nic = open({.pools = {pool}, .interrupts = true});
  auto waiter = net::Waiter::create({&nic->rx(QueueId{0})});
  ASSERT_TRUE(waiter);
  const Frame frame = frame_to(nic->mac(), 60);
  for (int i = 0; i < 20; ++i) {
    put(frame);
    std::vector<Frame> frames;
    while (frames.empty()) {
      ASSERT_TRUE(sleeps_and_receives(*waiter, *nic, pool, frames)) << "nothing woke it";
    }
    EXPECT_EQ(frames, (std::vector<Frame>{frame}));
  }
}

TEST_P(E1000eTest, JumboFramesPassBothWays) {
  const auto pool = make_pool(10_KiB);
  const auto nic = open({.pools = {pool}, .mtu = 9216});
  const Frame frame = frame_to(nic->mac(), 9216 + 14);
  put(frame);
  EXPECT_EQ(receive_for_a_while(*nic, pool, 1), (std::vector<Frame>{frame}));
  Batch batch{pool};
  auto packet = queue::Packet::allocate(*pool, static_cast<uint32_t>(frame.size()));
  ASSERT_TRUE(packet);
  std::ranges::copy(frame, packet->bytes().begin());
  batch.add(*std::move(packet));
  ASSERT_EQ(nic->tx(QueueId{0}).send(batch), 1U);
  EXPECT_EQ(take(1), (std::vector<Frame>{frame}));
}

TEST_P(E1000eTest, AFrameThatFitsNoBufferIsNotReceived) {
  const auto pool = make_pool();
  const auto nic = open({.pools = {pool}});
  put(frame_to(nic->mac(), 5000));
  const Frame frame = frame_to(nic->mac(), 1514);
  put(frame);
  EXPECT_EQ(receive_for_a_while(*nic, pool, 1), (std::vector<Frame>{frame}));
  EXPECT_EQ(nic->rx(QueueId{0}).counters().bad_frame, 0U) << "the device dropped it";
}

TEST_P(E1000eTest, FramesThatAreSpreadOverBuffersAreDroppedWhole) {
  const auto pool = make_pool(4_KiB);
  const auto nic = open({.pools = {pool}, .mtu = 3000});
  // More descriptors than the ring has, so that fresh buffers take the place of dropped ones.
  for (unsigned i = 1; i <= 400; ++i) {
    put(frame_to(nic->mac(), 4096 + 100 + i * 17 % 5000));  // two or three buffers
    const Frame frame = frame_to(nic->mac(), 3014, i);
    put(frame);
    ASSERT_EQ(receive_for_a_while(*nic, pool, 1), (std::vector<Frame>{frame})) << i;
    ASSERT_EQ(nic->rx(QueueId{0}).counters().bad_frame, i);
  }
  EXPECT_EQ(nic->rx(QueueId{0}).counters().bad_length, 0U);
  EXPECT_EQ(nic->rx(QueueId{0}).counters().frames, 400U);
}

TEST_P(E1000eTest, WithoutPromiscuousModeOnlyItsOwnFramesArrive) {
  const auto pool = make_pool();
  const auto nic = open({.pools = {pool}, .promiscuous = false});
  const auto arrives = arrives_at(*nic, pool, [&](const Frame& frame) { put(frame); });
  expect_only_chosen_addresses(*nic, arrives);
  const MacAddress group{{0x01, 0, 0x5E, 0, 0, 0xFB}};
  ASSERT_TRUE(nic->set_promiscuous(false));
  EXPECT_TRUE(arrives(group)) << "all_multicast is still on";

  ASSERT_TRUE(nic->set_mac(stranger));
  EXPECT_EQ(nic->mac(), stranger);
  EXPECT_TRUE(arrives(broadcast));
  EXPECT_EQ(nic->set_mac(broadcast).error().code, ErrorCode::invalid_argument);
}

TEST_P(E1000eTest, CountsInTheDevice) {
  const auto pool = make_pool();
  const auto nic = open({.pools = {pool}});
  for (uint64_t round = 1; round <= 2; ++round) {
    for (int i = 0; i < 5; ++i) put(frame_to(broadcast, 60));
    for (int i = 0; i < 5; ++i) put(frame_to(nic->mac(), 1000));
    ASSERT_EQ(receive_for_a_while(*nic, pool, 10).size(), 10U);
    Batch batch{pool};
    for (int i = 0; i < 3; ++i) {
      auto packet = queue::Packet::allocate(*pool, 100);
      ASSERT_TRUE(packet);
      std::ranges::copy(frame_to(stranger, 100), packet->bytes().begin());
      batch.add(*std::move(packet));
    }
    ASSERT_EQ(nic->tx(QueueId{0}).send(batch), 3U);
    ASSERT_EQ(take(3).size(), 3U);
    const auto statistics = nic->statistics();
    ASSERT_TRUE(statistics);
    EXPECT_EQ(value_of(*statistics, "rx_packets"), 10 * round);
    EXPECT_EQ(value_of(*statistics, "rx_broadcast"), 5 * round);
    EXPECT_EQ(value_of(*statistics, "rx_bytes"), (5 * 64 + 5 * 1004) * round) << "with CRC";
    EXPECT_EQ(value_of(*statistics, "tx_packets"), 3 * round);
  }
}

TEST_P(E1000eTest, StopsTheDeviceWhenItEndsAndStartsItAgain) {
  const auto pool = make_pool();
  for (int i = 0; i < 3; ++i) {
    const auto nic = open({.pools = {pool}});
    put(frame_to(broadcast, 60));
    EXPECT_EQ(receive_for_a_while(*nic, pool, 1).size(), 1U);
    Batch batch{pool, 64};
    for (int frame = 0; frame < 40; ++frame) {
      auto packet = queue::Packet::allocate(*pool, 60);
      ASSERT_TRUE(packet);
      std::ranges::copy(frame_to(stranger, 60), packet->bytes().begin());
      batch.add(*std::move(packet));
    }
    while (!batch.empty()) nic->tx(QueueId{0}).send(batch);
    EXPECT_EQ(take(40).size(), 40U);
  }
  EXPECT_EQ(pool->available(), pool->capacity()) << "every buffer has come back";
  const auto identity = function_->read_config16(4);
  ASSERT_TRUE(identity);
  EXPECT_EQ(*identity & 0b100, 0) << "no bus master any more";
}

TEST_P(E1000eTest, RefusesWhatItCannotDo) {
  const auto refused = [&](Config config) {
    return E1000e::open(function_, std::move(config), {.rx_format = GetParam()}).error().code;
  };
  EXPECT_EQ(refused({.pools = {make_pool(), make_pool()}}), ErrorCode::invalid_argument)
      << "one queue pair";
  EXPECT_EQ(refused({.pools = {make_pool(16_KiB)}, .mtu = 9300}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused({.pools = {make_pool(2_KiB)}, .mtu = 9000}), ErrorCode::invalid_argument);
}

TEST_P(E1000eTest, ADeviceThatDiesIsAnErrorAndItsBuffersAreLost) {
  const auto pool = make_pool();
  auto nic = open({.pools = {pool}});
  function_->kill();
  EXPECT_EQ(nic->check_alive().error().code, ErrorCode::device_gone);
  EXPECT_EQ(nic->link().error().code, ErrorCode::device_gone);
  EXPECT_FALSE(nic->set_promiscuous(false));
  nic.reset();
  EXPECT_EQ(pool->available(), pool->capacity() - intel::ring_size);
}

TEST_P(E1000eTest, ItsQueueCanBeElsewhereAndTheNextProcessGoesOnWithIt) {
  const auto pool = make_pool();
  const auto nic = open({.pools = {pool}, .elsewhere = true});
  for (unsigned life = 0; life < 3; ++life) {
    if (life > 0) {
      ASSERT_TRUE(nic->resume());
      EXPECT_TRUE(nic->wait_for_link(seconds{5})->up);
    }
    driver::Elsewhere queues{*nic, *pool};
    queues.start();
    for (unsigned i = 0; i < 20; ++i) {
      put(frame_to(nic->mac(), 100, i));
      EXPECT_EQ(queues.receive(1), std::vector<Frame>{frame_to(nic->mac(), 100, i)});
      queues.send(frame_to(stranger, 200, i));
      EXPECT_EQ(take(1), std::vector<Frame>{frame_to(stranger, 200, i)});
    }
    ASSERT_TRUE(nic->halt(driver::Rest::by_its_queues));
  }
}

INSTANTIATE_TEST_SUITE_P(RxFormats, E1000eTest,
                         ::testing::Values(RxFormat::extended, RxFormat::legacy),
                         [](const auto& test) {
                           return test.param == RxFormat::legacy ? "legacy" : "extended";
                         });

}  // namespace
}  // namespace bulkhead::e1000e
