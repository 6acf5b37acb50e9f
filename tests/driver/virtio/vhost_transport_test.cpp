// The driver on rings that a vhost-user back end works on.
#include "bulkhead/driver/virtio/vhost_transport.hpp"

#include <array>
#include <memory>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "bulkhead/driver/virtio/features.hpp"
#include "bulkhead/driver/virtio/virtio_net.hpp"

#include "tests/bus/vhost_user/fake_back_end.hpp"
#include "tests/driver/virtio/device_ring.hpp"
#include "tests/driver/virtio/frames.hpp"

namespace bulkhead::virtio {
namespace {

using vhost_user::BackEnd;
using vhost_user::FakeBackEnd;
using vhost_user::Request;

constexpr uint32_t header_bytes = 12;
constexpr uint64_t all_features = feature::VERSION_1 | feature::MRG_RXBUF | feature::EVENT_IDX |
                                  feature::ACCESS_PLATFORM | feature::CTRL_VQ | feature::MQ |
                                  feature::MTU;

class VhostTransportTest : public ::testing::TestWithParam<bool> {
 protected:
  void serve(uint64_t features = all_features, vhost_user::Twist twist = {}) {
    if (GetParam()) features |= feature::RING_PACKED;
    fake_ = std::make_unique<FakeBackEnd>(features, std::move(twist));
  }
  Result<std::unique_ptr<VirtioNet>> try_open(driver::Config config = {}) {
    if (!fake_) serve();
    BULKHEAD_TRY_ASSIGN(const auto back_end, BackEnd::adopt(fake_->take_front_end(), "test"));
    if (config.pools.empty()) config.pools = {pool_};
    return VirtioNet::open_vhost_user(back_end, std::move(config), {});
  }
  std::unique_ptr<VirtioNet> open(driver::Config config = {}) {
    auto nic = try_open(std::move(config));
    EXPECT_TRUE(nic) << nic.error().message();
    return nic ? *std::move(nic) : nullptr;
  }

  /// The back end's side of a ring, which runs.
  DeviceRing& ring(uint32_t number) {
    auto& ring = rings_.at(number);
    if (ring) return *ring;
    fake_->with_state([&](FakeBackEnd& state) {
      const auto& told = state.rings.at(number);
      EXPECT_TRUE(told.started && told.enabled);
      const DeviceAreas areas{state.at(told.address.descriptors), state.at(told.address.available),
                              state.at(told.address.used)};
      const bool events = (state.accepted & feature::EVENT_IDX) != 0;
      const auto entries = static_cast<uint16_t>(told.entries);
      EXPECT_EQ(told.base, GetParam() ? 0x8000'8000U : 0U);
      if (GetParam()) {
        ring = std::make_unique<PackedDevice>(entries, areas, events);
      } else {
        ring = std::make_unique<SplitDevice>(entries, areas, events);
      }
    });
    return *ring;
  }
  void put(const Frame& frame) {
    const auto buffer = ring(0).take();
    ASSERT_TRUE(buffer);
    const auto memory = bytes_at(buffer->pieces[0].address);
    shared::store_relaxed<uint16_t>(memory, 10, 1);
    std::ranges::copy(frame, memory.subspan(header_bytes).begin());
    ring(0).give(buffer->id, static_cast<uint32_t>(header_bytes + frame.size()));
    if (ring(0).wants_interrupt()) signal(eventfd(0, &FakeBackEnd::Ring::call));
  }
  Frame take() {
    const auto buffer = ring(1).take();
    if (!buffer) return {};
    const auto piece = buffer->pieces[0];
    const auto frame = bytes_at(piece.address).first(piece.length).subspan(header_bytes);
    ring(1).give(buffer->id, 0);
    return {frame.begin(), frame.end()};
  }
  bool kicked(uint32_t number) {
    uint64_t count = 0;
    return ::read(eventfd(number, &FakeBackEnd::Ring::kick), &count, sizeof count) > 0;
  }
  std::span<std::byte> bytes_at(uint64_t address) {
    return fake_->with_state([&](FakeBackEnd& state) { return state.at(address); });
  }
  int eventfd(uint32_t number, OwnedFd FakeBackEnd::Ring::* which) {
    return fake_->with_state(
        [&](FakeBackEnd& state) { return (state.rings.at(number).*which).get(); });
  }
  static void signal(int event) {
    const uint64_t one = 1;
    EXPECT_EQ(::write(event, &one, sizeof one), 8);
  }

  std::shared_ptr<queue::Pool> pool_ = driver::make_pool();
  std::unique_ptr<FakeBackEnd> fake_;
  std::array<std::unique_ptr<DeviceRing>, 2> rings_;
};

TEST_P(VhostTransportTest, FramesPassBothWays) {
  const auto nic = open();
  ASSERT_TRUE(nic);
  for (unsigned i = 0; i < 600; ++i) {  // more than twice around the rings
    const Frame in = frame_to(nic->mac(), 60 + i, i);
    put(in);
    ASSERT_EQ(receive_for_a_while(*nic, pool_, 1), std::vector<Frame>{in}) << i;
    const Frame out = frame_to(stranger, 1000 + i % 500, i);
    ASSERT_TRUE(send(*nic, pool_, out)) << i;
    ASSERT_EQ(take(), out) << i;
  }
}

TEST_P(VhostTransportTest, OnlyWhatConcernsTheRingsIsAccepted) {
  const auto nic = open();
  ASSERT_TRUE(nic);
  fake_->with_state([](FakeBackEnd& state) {
    EXPECT_EQ(state.accepted & (feature::ACCESS_PLATFORM | feature::CTRL_VQ | feature::MTU), 0U);
    EXPECT_EQ(state.accepted & feature::VERSION_1, feature::VERSION_1);
    EXPECT_NE(state.accepted & vhost_user::feature_protocol_features, 0U);
  });
  EXPECT_EQ(nic->description(),
            GetParam() ? "virtio-net 1.x, packed rings, at test" : "virtio-net 1.x at test");
  EXPECT_TRUE(nic->link()->up);
  EXPECT_EQ(nic->doorbell_call(), driver::DoorbellCall::write);
  EXPECT_EQ(nic->descriptors().size(), 5U) << "the socket, and two pipes to notify by";
}

TEST_P(VhostTransportTest, TheBackEndIsKickedWhenItAsksForIt) {
  const auto nic = open();
  ASSERT_TRUE(nic);
  EXPECT_TRUE(kicked(0)) << "the rx ring has buffers";
  ring(1).ask_for_notification(true);
  ASSERT_TRUE(send(*nic, pool_, frame_to(stranger, 60)));
  EXPECT_TRUE(kicked(1));
  EXPECT_FALSE(take().empty());
  ring(1).ask_for_notification(false);
  ASSERT_TRUE(send(*nic, pool_, frame_to(stranger, 60)));
  EXPECT_FALSE(kicked(1)) << "a kick is a system call";
}

// An eventfd's flags and counter are both sides': whoever clears O_NONBLOCK and fills it up puts
// the driver to sleep. 20,000 kicks are more than a pipe takes.
TEST_P(VhostTransportTest, ABackEndThatReadsNoKicksHoldsNobodyUp) {
  const auto nic = open();
  ASSERT_TRUE(nic);
  const int kick = eventfd(1, &FakeBackEnd::Ring::kick);
  ASSERT_EQ(::fcntl(kick, F_SETFL, 0), 0);
  const uint64_t nearly_full = ~uint64_t{1};
  EXPECT_LT(::write(kick, &nearly_full, sizeof nearly_full), 0);
  for (unsigned i = 0; i < 20'000; ++i) {
    ring(1).ask_for_notification(true);
    ASSERT_TRUE(send(*nic, pool_, frame_to(stranger, 60))) << i;
    ASSERT_FALSE(take().empty()) << i;
  }
  EXPECT_TRUE(kicked(1));
}

TEST_P(VhostTransportTest, ABackEndThatDropsItsEndOfAKickRaisesNoSignal) {
  const auto nic = open();
  ASSERT_TRUE(nic);
  fake_->with_state([](FakeBackEnd& state) { state.rings.at(1).kick.reset(); });
  ring(1).ask_for_notification(true);
  EXPECT_TRUE(send(*nic, pool_, frame_to(stranger, 60)));
}

TEST_P(VhostTransportTest, ASleeperIsWokenByAFrame) {
  const auto nic = open({.pools = {pool_}, .interrupts = true});
  ASSERT_TRUE(nic);
  auto waiter = net::Waiter::create({&nic->rx(QueueId{0})});
  ASSERT_TRUE(waiter);
  for (unsigned i = 0; i < 3; ++i) {
    ASSERT_TRUE(nic->rx(QueueId{0}).arm());
    put(frame_to(nic->mac(), 60, i));
    std::vector<Frame> frames;
    ASSERT_TRUE(driver::sleeps_and_receives(*waiter, *nic, pool_, frames));
    EXPECT_EQ(frames.size(), 1U);
  }
}

TEST_P(VhostTransportTest, ClosingStopsTheRingsAndBringsEveryBufferBack) {
  auto nic = open();
  ASSERT_TRUE(nic);
  ASSERT_LT(pool_->available(), pool_->capacity());
  nic.reset();
  EXPECT_EQ(pool_->available(), pool_->capacity());
  fake_->with_state([](FakeBackEnd& state) {
    for (const auto& [number, ring] : state.rings) EXPECT_FALSE(ring.started) << number;
    EXPECT_EQ(state.rings.size(), 2U);
  });
}

TEST_P(VhostTransportTest, ABackEndThatDiesIsADeviceThatHasGone) {
  auto nic = open();
  ASSERT_TRUE(nic);
  EXPECT_TRUE(nic->check_alive());
  fake_->hang_up();
  EXPECT_EQ(nic->check_alive().error().code, ErrorCode::device_gone);
  EXPECT_EQ(nic->statistics().error().code, ErrorCode::device_gone);
  EXPECT_EQ(nic->link().error().code, ErrorCode::device_gone);
  nic.reset();
  EXPECT_LT(pool_->available(), pool_->capacity()) << "nobody knows whether it still writes";
}

TEST_P(VhostTransportTest, WhateverItRefusesIsNamed) {
  for (const auto request : {Request::set_features, Request::set_mem_table, Request::set_vring_num,
                             Request::set_vring_addr, Request::set_vring_enable}) {
    serve(all_features, [request](const vhost_user::Message& message, vhost_user::Answer& answer) {
      if (message.request == request) answer.payload = vfio_user::payload_of(uint64_t{1});
    });
    const auto nic = try_open();
    ASSERT_FALSE(nic);
    EXPECT_EQ(nic.error().code, ErrorCode::unsupported);
    EXPECT_NE(nic.error().message().find("the back end refused"), std::string::npos);
    EXPECT_EQ(pool_->available(), pool_->capacity());
  }
}

TEST_P(VhostTransportTest, ABackEndOfTheOldVirtioIsUnsupported) {
  serve(all_features & ~feature::VERSION_1);
  const auto nic = try_open();
  ASSERT_FALSE(nic);
  EXPECT_EQ(nic.error().code, ErrorCode::unsupported);
  EXPECT_NE(nic.error().message().find("VERSION_1"), std::string::npos);
}

TEST_P(VhostTransportTest, OneQueuePairIsAllThereIs) {
  const auto nic = try_open({.pools = {pool_, pool_}});
  ASSERT_FALSE(nic);
  EXPECT_EQ(nic.error().code, ErrorCode::invalid_argument) << nic.error().message();
}

TEST_P(VhostTransportTest, ItsQueuesCannotBeElsewhere) {
  const auto nic = open({.pools = {pool_}, .elsewhere = true});
  ASSERT_TRUE(nic);
  EXPECT_EQ(nic->queue_plans().error().code, ErrorCode::unsupported);
}

INSTANTIATE_TEST_SUITE_P(Rings, VhostTransportTest, ::testing::Bool(),
                         [](const auto& which) { return which.param ? "packed" : "split"; });

}  // namespace
}  // namespace bulkhead::virtio
