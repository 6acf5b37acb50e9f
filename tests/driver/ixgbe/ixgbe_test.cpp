// The whole driver against the model, over vfio-user.
#include "bulkhead/driver/ixgbe/ixgbe.hpp"

#include <gtest/gtest.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/net/forward.hpp"
#include "bulkhead/net/waiter.hpp"

#include "tests/driver/frames.hpp"
#include "tests/driver/ixgbe/modelled_nic.hpp"
#include "tests/driver/without_interrupts.hpp"

namespace bulkhead::ixgbe {
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

std::unique_ptr<driver::Nic> open(ModelledNic& model, Config config) {
  auto nic = Ixgbe::open(model.function(), std::move(config));
  EXPECT_TRUE(nic) << nic.error().message();
  return *std::move(nic);
}

TEST(Ixgbe, ComesUpWithItsAddressAndLink) {
  ModelledNic model;
  const auto nic = open(model, {.pools = {make_pool()}});
  EXPECT_EQ(nic->mac().to_string(), "02:42:68:00:00:01");
  EXPECT_EQ(nic->description(), "82599ES SFP+ (X520) at vfio-user:test");
  const auto link = nic->link();
  ASSERT_TRUE(link);
  EXPECT_TRUE(link->up);
  EXPECT_EQ(link->megabits_per_second, 10'000U);
}

TEST(Ixgbe, ReceivesWhatTheWireBrings) {
  ModelledNic model;
  const auto pool = make_pool();
  const auto nic = open(model, {.pools = {pool}});
  std::vector<Frame> sent;
  for (unsigned i = 0; i < 1500; ++i) {
    sent.push_back(frame_to(nic->mac(), 60 + i % 1455, i));
    model.cable().put(sent.back());
  }
  EXPECT_EQ(receive_for_a_while(*nic, pool, sent.size()), sent);
}

TEST(Ixgbe, SendsWhatItIsGiven) {
  ModelledNic model;
  const auto pool = make_pool();
  const auto nic = open(model, {.pools = {pool}});
  std::vector<Frame> expected;
  Batch batch{pool};
  for (unsigned i = 0; i < 1500; ++i) {
    const Frame frame = frame_to(stranger, 60 + i % 1455, i);
    auto packet = queue::Packet::allocate(*pool, static_cast<uint32_t>(frame.size()));
    ASSERT_TRUE(packet);
    std::ranges::copy(frame, packet->bytes().begin());
    batch.add(*std::move(packet));
    ASSERT_TRUE(wait_until([&] { return nic->tx(QueueId{0}).send(batch) == 1; }, seconds{5}));
    expected.push_back(frame);
  }
  std::vector<Frame> out;
  EXPECT_TRUE(wait_until(
      [&] {
        for (auto& frame : model.cable().take()) out.push_back(std::move(frame));
        return out.size() >= expected.size();
      },
      seconds{5}));
  EXPECT_EQ(out, expected);
}

TEST(Ixgbe, AFrameWakesASleeper) {
  ModelledNic model;
  const auto pool = make_pool();
  const auto nic = open(model, {.pools = {pool, pool}, .interrupts = true});
  auto waiter = net::Waiter::create({&nic->rx(QueueId{0}), &nic->rx(QueueId{1})});
  ASSERT_TRUE(waiter);
  const Frame frame = frame_to(nic->mac(), 60);
  for (int i = 0; i < 20; ++i) {
    std::thread sender{[&] { model.cable().put(frame); }};
    std::vector<Frame> frames;
    while (frames.empty()) {
      ASSERT_TRUE(sleeps_and_receives(*waiter, *nic, pool, frames)) << "nothing woke it";
    }
    sender.join();
    EXPECT_EQ(frames, (std::vector<Frame>{frame}));
  }
}

TEST(Ixgbe, OnABusWithoutInterruptsNoneIsEnabled) {
  ModelledNic model;
  const auto function = std::make_shared<driver::WithoutInterrupts>(model.function());
  const auto nic = Ixgbe::open(function, {.pools = {make_pool()}, .interrupts = true});
  ASSERT_TRUE(nic) << nic.error().message();
  EXPECT_EQ((*nic)->rx(QueueId{0}).event(), -1);
  EXPECT_EQ(*function->read32(bus::RegionId::bar0, EIMS_EX::offset), 0U);
}

TEST(Ixgbe, WithoutInterruptsAQueueHasNoEvent) {
  ModelledNic model;
  const auto nic = open(model, {.pools = {make_pool()}});
  EXPECT_EQ(nic->rx(QueueId{0}).event(), -1);
}

TEST(Ixgbe, JumboFramesPassBothWays) {
  ModelledNic model;
  const auto pool = make_pool(10_KiB);
  const auto nic = open(model, {.pools = {pool}, .mtu = 9728});
  const Frame frame = frame_to(nic->mac(), 9728 + 14);
  model.cable().put(frame);
  EXPECT_EQ(receive_for_a_while(*nic, pool, 1), (std::vector<Frame>{frame}));
}

TEST(Ixgbe, AFrameAboveTheMtuIsNotReceived) {
  ModelledNic model;
  const auto pool = make_pool();
  const auto nic = open(model, {.pools = {pool}});
  model.cable().put(frame_to(nic->mac(), 1600));
  model.cable().put(frame_to(nic->mac(), 1514));
  const auto frames = receive_for_a_while(*nic, pool, 1);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].size(), 1514U);
}

TEST(Ixgbe, WithoutPromiscuousModeOnlyItsOwnFramesArrive) {
  ModelledNic model;
  const auto pool = make_pool();
  const auto nic = open(model, {.pools = {pool}, .promiscuous = false});
  expect_only_chosen_addresses(
      *nic, arrives_at(*nic, pool, [&](Frame frame) { model.cable().put(std::move(frame)); }));
}

TEST(Ixgbe, AnswersToItsNewAddressAfterSetMac) {
  ModelledNic model;
  const auto pool = make_pool();
  const auto nic = open(model, {.pools = {pool}, .promiscuous = false});
  ASSERT_TRUE(nic->set_mac(stranger));
  EXPECT_EQ(nic->mac(), stranger);
  model.cable().put(frame_to(stranger, 60));
  EXPECT_EQ(receive_for_a_while(*nic, pool, 1).size(), 1U);
  EXPECT_EQ(nic->set_mac(broadcast).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(nic->set_mac({}).error().code, ErrorCode::invalid_argument);
}

TEST(Ixgbe, EveryQueuePairOf64Works) {
  ModelledNic model;
  const auto pool = *queue::Pool::create({.buffers = 128 * ring_size + 1024});
  const auto nic = open(model, {.pools = std::vector(64, pool)});
  ASSERT_EQ(nic->queues(), 64U);
  for (uint16_t i = 0; i < 64; ++i) {
    Batch batch{pool};
    auto packet = queue::Packet::allocate(*pool, 60U + i);
    ASSERT_TRUE(packet);
    batch.add(*std::move(packet));
    ASSERT_EQ(nic->tx(QueueId{i}).send(batch), 1U);
    std::vector<Frame> out;
    ASSERT_TRUE(wait_until(
        [&] {
          out = model.cable().take();
          return !out.empty();
        },
        seconds{5}))
        << i;
    EXPECT_EQ(out[0].size(), 60U + i);
  }
}

TEST(Ixgbe, CountsInTheDevice) {
  ModelledNic model;
  const auto pool = make_pool();
  const auto nic = open(model, {.pools = {pool}});
  for (int i = 0; i < 10; ++i) model.cable().put(frame_to(broadcast, 60));
  ASSERT_EQ(receive_for_a_while(*nic, pool, 10).size(), 10U);
  const auto value = [&](std::string_view name) {
    const auto statistics = nic->statistics();
    EXPECT_TRUE(statistics);
    for (const auto& statistic : *statistics)
      if (statistic.name == name) return statistic.value;
    ADD_FAILURE() << name;
    return uint64_t{0};
  };
  EXPECT_EQ(value("rx_packets"), 10U);
  EXPECT_EQ(value("rx_packets"), 10U) << "reading clears the register, not the sum";
  EXPECT_EQ(value("rx_broadcast"), 10U);
  EXPECT_EQ(value("rx_bytes"), 640U) << "with the CRC";
}

TEST(Ixgbe, SaysThatTheCableIsOut) {
  ModelledNic model;
  const auto nic = open(model, {.pools = {make_pool()}});
  model.cable().plugged = false;
  EXPECT_TRUE(wait_until([&] { return !nic->link()->up; }, seconds{5}));
}

TEST(Ixgbe, StopsTheDeviceWhenItEnds) {
  ModelledNic model;
  const auto pool = make_pool();
  {
    const auto nic = open(model, {.pools = {pool}});
    for (int i = 0; i < 100; ++i) model.cable().put(frame_to(broadcast, 60));
  }
  EXPECT_EQ(pool->available(), pool->capacity()) << "every buffer has come back";
  {
    const auto again = open(model, {.pools = {pool}});
    model.cable().put(frame_to(broadcast, 60));
    EXPECT_GE(receive_for_a_while(*again, pool, 1).size(), 1U) << "the device can be opened again";
  }
  EXPECT_EQ(model.trouble().dma_violations, 0U);
  EXPECT_EQ(model.trouble().unknown_registers, 0U);
  EXPECT_EQ(model.trouble().malformed_descriptors, 0U);
}

TEST(Ixgbe, WhatWasSentBeforeTheEndStillGetsOut) {
  ModelledNic model;
  const auto pool = make_pool();
  model.cable().blocked = true;
  std::thread unblock;
  {
    const auto nic = open(model, {.pools = {pool}});
    Batch batch{pool};
    for (int i = 0; i < 20; ++i) batch.add(*queue::Packet::allocate(*pool, 60));
    ASSERT_EQ(nic->tx(QueueId{0}).send(batch), 20U);
    unblock = std::thread{[&] {
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
      model.cable().blocked = false;
    }};
  }
  unblock.join();
  EXPECT_EQ(model.cable().take().size(), 20U);
}

TEST(Ixgbe, RefusesADeviceThatItDoesNotKnow) {
  ModelledNic model{{.device_id = 0x1572}};
  const auto nic = Ixgbe::open(model.function(), {.pools = {make_pool()}});
  ASSERT_FALSE(nic);
  EXPECT_EQ(nic.error().code, ErrorCode::unsupported);
  EXPECT_NE(nic.error().message().find("8086:1572"), std::string::npos);
}

TEST(Ixgbe, ADeviceThatDiesIsAnErrorAndNotAHang) {
  ModelledNic model;
  auto nic = open(model, {.pools = {make_pool()}});
  EXPECT_TRUE(nic->check_alive());
  model.die();
  EXPECT_EQ(nic->check_alive().error().code, ErrorCode::device_gone);
  EXPECT_EQ(nic->link().error().code, ErrorCode::device_gone);
  EXPECT_FALSE(nic->set_promiscuous(false));
  nic.reset();
}

}  // namespace
}  // namespace bulkhead::ixgbe
