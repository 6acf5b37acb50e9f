// The driver against a device of the test's own, which can do what QEMU's cannot.
#include "bulkhead/driver/virtio/virtio_net.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include "tests/driver/virtio/fake_device.hpp"

namespace bulkhead::virtio {
namespace {

using driver::MacAddress;
using std::chrono::milliseconds;
using std::chrono::seconds;

class VirtioNetTest : public ::testing::TestWithParam<bool> {
 protected:
  VirtioNetTest() {
    if (GetParam()) device_->behaviour.features |= feature::RING_PACKED;
  }
  Result<std::unique_ptr<VirtioNet>> try_open(driver::Config config = {},
                                              VirtioNet::Options options = {}) {
    if (config.pools.empty()) config.pools = {pool_};
    return VirtioNet::open(device_, std::move(config), options);
  }
  std::unique_ptr<VirtioNet> open(driver::Config config = {}, VirtioNet::Options options = {}) {
    auto nic = try_open(std::move(config), options);
    EXPECT_TRUE(nic) << nic.error().message();
    return nic ? *std::move(nic) : nullptr;
  }
  void expect_refusal(ErrorCode code, std::string_view why) {
    const auto nic = try_open();
    ASSERT_FALSE(nic);
    EXPECT_EQ(nic.error().code, code) << nic.error().message();
    EXPECT_NE(nic.error().message().find(why), std::string::npos) << nic.error().message();
    EXPECT_EQ(pool_->available(), pool_->capacity());
  }

  std::shared_ptr<queue::Pool> pool_ =
      *queue::Pool::create({.buffers = 4096, .buffer_size = 2_KiB});
  std::shared_ptr<FakeDevice> device_ = std::make_shared<FakeDevice>();
};

TEST_P(VirtioNetTest, SeveralQueuePairsCarryTheirOwnFrames) {
  const auto nic = open({.pools = {pool_, pool_, pool_}});
  ASSERT_TRUE(nic);
  EXPECT_EQ(nic->queues(), 3U);
  const auto commands = device_->commands();
  ASSERT_FALSE(commands.empty());
  EXPECT_EQ(commands[0],
            (FakeDevice::Command{std::byte{4}, std::byte{0}, std::byte{3}, std::byte{0}}))
      << "MQ, VQ_PAIRS_SET, 3";
  for (uint16_t i = 0; i < 3; ++i) {
    const Frame in = frame_to(nic->mac(), 100 + i, i);
    ASSERT_TRUE(device_->put(static_cast<uint16_t>(2 * i), in));
    EXPECT_EQ(receive_for_a_while(*nic, pool_, 1, QueueId{i}), std::vector<Frame>{in});
    const Frame out = frame_to(stranger, 200 + i, i);
    ASSERT_TRUE(send(*nic, pool_, out, QueueId{i}));
    std::vector<Frame> came;
    wait_until(
        [&] {
          came = device_->take(static_cast<uint16_t>(2 * i + 1));
          return !came.empty();
        },
        seconds{5});
    EXPECT_EQ(came, std::vector<Frame>{out});
  }
}

TEST_P(VirtioNetTest, MoreQueuePairsThanTheDeviceHasAreRefused) {
  const auto nic = try_open({.pools = {pool_, pool_, pool_, pool_, pool_}});
  ASSERT_FALSE(nic);
  EXPECT_EQ(nic.error().code, ErrorCode::invalid_argument) << nic.error().message();
}

TEST_P(VirtioNetTest, ASleeperIsWokenByAFrame) {
  const auto nic = open({.pools = {pool_}, .interrupts = true});
  ASSERT_TRUE(nic);
  auto& rx = nic->rx(QueueId{0});
  const auto signalled = [&] {
    pollfd readable{.fd = rx.event(), .events = POLLIN, .revents = 0};
    return ::poll(&readable, 1, 0) == 1;
  };
  ASSERT_TRUE(device_->put(0, frame_to(nic->mac(), 60)));
  EXPECT_FALSE(signalled()) << "nobody sleeps";
  EXPECT_EQ(receive_for_a_while(*nic, pool_, 1).size(), 1U);
  ASSERT_TRUE(rx.arm());
  ASSERT_TRUE(device_->put(0, frame_to(nic->mac(), 60)));
  EXPECT_TRUE(signalled());
  EXPECT_FALSE(rx.arm()) << "it is there";
}

TEST_P(VirtioNetTest, WithoutVectorsTheLineWakesASleeperAgainAndAgain) {
  device_->behaviour.vectors = 0;
  const auto nic = open({.pools = {pool_}, .interrupts = true});
  ASSERT_TRUE(nic);
  EXPECT_EQ(nic->descriptors().size(), device_->descriptors().size() + 1)
      << "a sandbox leaves what unmasks it open";
  auto& rx = nic->rx(QueueId{0});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(rx.arm());
    ASSERT_TRUE(device_->put(0, frame_to(nic->mac(), 60)));
    uint64_t signals = 0;
    EXPECT_EQ(::read(rx.event(), &signals, sizeof signals), 8) << i;
    rx.disarm();
    EXPECT_EQ(receive_for_a_while(*nic, pool_, 1).size(), 1U);
  }
}

TEST_P(VirtioNetTest, OneLineDoesNotServeSeveralQueues) {
  device_->behaviour.vectors = 0;
  const auto nic = open({.pools = {pool_, pool_}, .interrupts = true});
  ASSERT_TRUE(nic);
  EXPECT_EQ(nic->rx(QueueId{0}).event(), -1);
}

TEST_P(VirtioNetTest, ADeviceThatWantsAResetIsNoticed) {
  const auto nic = open();
  ASSERT_TRUE(nic);
  EXPECT_TRUE(nic->statistics());
  device_->set_status(64);
  EXPECT_EQ(nic->statistics().error().code, ErrorCode::device_gone);
  EXPECT_EQ(nic->link().error().code, ErrorCode::device_gone);
}

TEST_P(VirtioNetTest, TheLinksStateIsTheDevices) {
  const auto nic = open();
  ASSERT_TRUE(nic);
  EXPECT_TRUE(nic->wait_for_link(milliseconds{0})->up);
  device_->unplug();
  EXPECT_FALSE(nic->wait_for_link(milliseconds{1})->up);
}

TEST_P(VirtioNetTest, PackedRingsCanBeLeftOut) {
  const auto nic = open({}, {.packed = false});
  ASSERT_TRUE(nic);
  EXPECT_EQ(device_->driver_features() & feature::RING_PACKED, 0U);
  const Frame in = frame_to(nic->mac(), 100);
  ASSERT_TRUE(device_->put(0, in));
  EXPECT_EQ(receive_for_a_while(*nic, pool_, 1), std::vector<Frame>{in});
}

TEST_P(VirtioNetTest, ADeviceThatGoesPastTheIommuIsRefusedUnlessThereIsNone) {
  device_->behaviour.features &= ~feature::ACCESS_PLATFORM;
  expect_refusal(ErrorCode::unsupported, "ACCESS_PLATFORM");
  EXPECT_TRUE(open({}, {.physical = true}));
}

TEST_P(VirtioNetTest, ADeviceWithoutWhatIsNeededIsRefused) {
  auto& behaviour = device_->behaviour;
  const auto usual = behaviour;
  behaviour.features &= ~feature::VERSION_1;
  expect_refusal(ErrorCode::unsupported, "VERSION_1");
  behaviour = usual;
  behaviour.takes_features = false;
  expect_refusal(ErrorCode::unsupported, "does not take");
  behaviour = usual;
  behaviour.queue_size = 0;
  expect_refusal(ErrorCode::not_found, "no queue 0");
  behaviour = usual;
  behaviour.queue_size = 32;
  expect_refusal(ErrorCode::unsupported, "at most 32 entries");
  behaviour = usual;
  behaviour.id = 0x1042;
  expect_refusal(ErrorCode::unsupported, "1af4:1042");
}

TEST_P(VirtioNetTest, NumbersThatCannotBeAreRefused) {
  auto& behaviour = device_->behaviour;
  const auto usual = behaviour;
  behaviour.notify_multiplier = 3;
  expect_refusal(ErrorCode::hostile_device, "notification word");
  behaviour.notify_multiplier = 0x8000'0000;
  expect_refusal(ErrorCode::hostile_device, "notification word");
  behaviour = usual;
  behaviour.features |= feature::MTU;
  behaviour.mtu = 67;
  expect_refusal(ErrorCode::hostile_device, "MTU");
  behaviour = usual;
  behaviour.generation_changes = true;
  expect_refusal(ErrorCode::timeout, "all the time");
  behaviour = usual;
  behaviour.capabilities_end = false;
  expect_refusal(ErrorCode::hostile_device, "does not end");
}

TEST_P(VirtioNetTest, AnMtuAboveTheDevicesIsRefused) {
  device_->behaviour.features |= feature::MTU;
  device_->behaviour.mtu = 1400;
  expect_refusal(ErrorCode::invalid_argument, "68 to 1400");
  EXPECT_TRUE(open({.pools = {pool_}, .mtu = 1400}));
}

TEST_P(VirtioNetTest, AVectorThatTheDeviceDoesNotTakeIsAnError) {
  device_->behaviour.takes_vectors = false;
  const auto nic = try_open({.pools = {pool_}, .interrupts = true});
  ASSERT_FALSE(nic);
  EXPECT_NE(nic.error().message().find("MSI-X vector 0"), std::string::npos);
}

TEST_P(VirtioNetTest, ARefusedCommandIsAnError) {
  const auto nic = open();
  ASSERT_TRUE(nic);
  device_->behaviour.answer = 1;
  EXPECT_EQ(nic->set_promiscuous(true).error().code, ErrorCode::unsupported);
  device_->behaviour.answer = 0;
  EXPECT_TRUE(nic->set_promiscuous(true)) << "the next one may pass";
  EXPECT_EQ(nic->set_mac(stranger).error().code, ErrorCode::unsupported) << "no CTRL_MAC_ADDR";
}

TEST_P(VirtioNetTest, HasNoIndirectionTable) {
  const auto nic = open();
  ASSERT_TRUE(nic);
  EXPECT_EQ(nic->set_indirection_table(std::array{QueueId{0}}).error().code,
            ErrorCode::unsupported);
}

TEST_P(VirtioNetTest, WithoutAFilterTheDeviceComesUpPromiscuousOnly) {
  device_->behaviour.features &= ~(feature::CTRL_RX | feature::CTRL_VQ | feature::MQ);
  {
    const auto nic = open();
    ASSERT_TRUE(nic);
    EXPECT_EQ(nic->set_all_multicast(true).error().code, ErrorCode::unsupported);
  }
  EXPECT_EQ(try_open({.pools = {pool_}, .promiscuous = false}).error().code,
            ErrorCode::unsupported);
}

TEST_P(VirtioNetTest, WithoutAnAddressOfItsOwnItGetsARandomOne) {
  device_->behaviour.features &= ~feature::MAC;
  const MacAddress first = open()->mac();
  EXPECT_TRUE(check_station_address(first));
  EXPECT_EQ(first.octets[0] & 3U, 2U) << "locally administered";
  EXPECT_NE(open()->mac(), first);
}

TEST_P(VirtioNetTest, IsResetWhenItEnds) {
  {
    ASSERT_TRUE(open());
  }
  EXPECT_EQ(device_->status(), 0U);
  EXPECT_EQ(pool_->available(), pool_->capacity());
}

TEST_P(VirtioNetTest, ADeviceThatCannotBeResetKeepsItsBuffers) {
  {
    const auto nic = open();
    ASSERT_TRUE(nic);
    device_->behaviour.resets = false;
  }
  EXPECT_EQ(pool_->available(), pool_->capacity() - 256);
}

INSTANTIATE_TEST_SUITE_P(Rings, VirtioNetTest, ::testing::Bool(), [](const auto& test) {
  return std::string{test.param ? "packed" : "split"};
});

}  // namespace
}  // namespace bulkhead::virtio
