// The whole driver against QEMU's virtio-net, over qtest.
#include <ostream>

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "bulkhead/driver/virtio/virtio_net.hpp"

#include "tests/driver/elsewhere.hpp"
#include "tests/driver/virtio/frames.hpp"
#include "tests/qtest/start.hpp"
#include "tests/qtest/wire.hpp"

namespace bulkhead::virtio {
namespace {

using driver::MacAddress;
using std::chrono::seconds;

constexpr MacAddress group{{0x01, 0, 0x5E, 0, 0, 0xFB}};

std::shared_ptr<queue::Pool> make_pool(Bytes buffer_size = 2_KiB) {
  return *queue::Pool::create({.buffers = 2048, .buffer_size = buffer_size});
}

qtest::Function::Options device_on(const qtest::Wire& wire, std::string_view more) {
  return {.device = fmt::format("virtio-net-pci,netdev=wire,mac=52:54:00:00:00:01,{}", more),
          .arguments = {"-netdev", wire.netdev()},
          .inherited = {wire.inherited()}};
}

/// An interface of the device, and what it shall be called.
struct Flavour {
  const char* name;
  const char* device;
  const char* description;
  bool physical = false;

  friend void PrintTo(const Flavour& flavour, std::ostream* out) { *out << flavour.name; }
};

class QemuVirtioNet : public ::testing::TestWithParam<Flavour> {
 protected:
  void SetUp() override { START_OR_SKIP(function_, device_on(wire_, GetParam().device)); }

  std::unique_ptr<VirtioNet> open(driver::Config config) {
    auto nic = VirtioNet::open(function_, std::move(config), {.physical = GetParam().physical});
    EXPECT_TRUE(nic) << nic.error().message();
    return nic ? *std::move(nic) : nullptr;
  }
  void put(const Frame& frame) {
    ASSERT_TRUE(wait_until([&] { return wire_.put(frame); }, seconds{5}));
  }
  /// Whether a frame to this address arrives.
  bool arrives(VirtioNet& nic, const std::shared_ptr<queue::Pool>& pool, MacAddress destination) {
    put(frame_to(destination, 60));
    put(frame_to(nic.mac(), 61));  // arrives in any case, and last
    const auto first = receive_for_a_while(nic, pool, 1);
    if (first.empty() || first.back().size() == 61) return first.size() == 2;
    return receive_for_a_while(nic, pool, 1).size() == 1;
  }

  qtest::Wire wire_;
  std::shared_ptr<qtest::Function> function_;
};

TEST_P(QemuVirtioNet, ComesUpWithItsAddressAndLink) {
  const auto nic = open({.pools = {make_pool()}});
  ASSERT_TRUE(nic);
  EXPECT_EQ(nic->mac().to_string(), "52:54:00:00:00:01");
  EXPECT_TRUE(nic->description().starts_with(GetParam().description)) << nic->description();
  const auto link = nic->wait_for_link(seconds{5});
  ASSERT_TRUE(link) << link.error().message();
  EXPECT_TRUE(link->up);
  EXPECT_TRUE(nic->statistics());
}

TEST_P(QemuVirtioNet, ReceivesWhatTheWireBrings) {
  const auto pool = make_pool();
  const auto nic = open({.pools = {pool}});
  ASSERT_TRUE(nic);
  std::vector<Frame> received;
  std::vector<Frame> sent;
  for (unsigned i = 0; i < 2000; ++i) {
    sent.push_back(frame_to(nic->mac(), 60 + i % 1455, i));
    put(sent.back());
    // QEMU drops what finds no buffer: at most 50 are on their way.
    if (i % 50 == 49)
      for (auto& frame : receive_for_a_while(*nic, pool, 50)) received.push_back(std::move(frame));
  }
  EXPECT_EQ(received.size(), sent.size());
  EXPECT_EQ(received, sent);
  EXPECT_EQ(nic->rx(QueueId{0}).counters().frames, sent.size());
}

TEST_P(QemuVirtioNet, ItsQueuesCanBeElsewhereAndTheNextProcessGoesOnWithThem) {
  if (std::string_view{GetParam().description}.find("legacy") != std::string_view::npos)
    GTEST_SKIP() << "no other process can notify a legacy device";
  const auto pool = make_pool();
  const auto nic = open({.pools = {pool}, .elsewhere = true});
  ASSERT_TRUE(nic);
  for (unsigned life = 0; life < 3; ++life) {
    if (life > 0) {
      ASSERT_TRUE(nic->resume());
    }
    driver::Elsewhere queues{*nic, *pool};
    queues.start();
    for (unsigned i = 0; i < 20; ++i) {
      put(frame_to(nic->mac(), 100, i));
      EXPECT_EQ(queues.receive(1), std::vector<Frame>{frame_to(nic->mac(), 100, i)});
      queues.send(frame_to(stranger, 200, i));
      std::vector<Frame> out;
      wait_until([&] { return !(out = wire_.take()).empty(); }, seconds{5});
      EXPECT_EQ(out, std::vector<Frame>{frame_to(stranger, 200, i)});
    }
    ASSERT_TRUE(nic->halt(driver::Rest::by_its_queues));
  }
}

TEST_P(QemuVirtioNet, SendsWhatItIsGiven) {
  const auto pool = make_pool();
  const auto nic = open({.pools = {pool}});
  ASSERT_TRUE(nic);
  std::vector<Frame> expected;
  std::vector<Frame> out;
  const auto collect = [&] {
    for (auto& frame : wire_.take()) out.push_back(std::move(frame));
    return out.size() == expected.size();
  };
  for (unsigned i = 0; i < 2000; ++i) {
    expected.push_back(frame_to(stranger, 60 + i % 1455, i));
    ASSERT_TRUE(send(*nic, pool, expected.back()));
    collect();
  }
  EXPECT_TRUE(wait_until(collect, seconds{5}));
  EXPECT_EQ(out, expected);
  nic->tx(QueueId{0}).reclaim();
  EXPECT_FALSE(nic->tx(QueueId{0}).stopped());
}

TEST_P(QemuVirtioNet, JumboFramesPassBothWays) {
  const auto pool = make_pool(10_KiB);
  const auto nic = open({.pools = {pool}, .mtu = 9000});
  ASSERT_TRUE(nic);
  const Frame frame = frame_to(nic->mac(), 9014);
  put(frame);
  EXPECT_EQ(receive_for_a_while(*nic, pool, 1), std::vector<Frame>{frame});
  ASSERT_TRUE(send(*nic, pool, frame));
  std::vector<Frame> out;
  EXPECT_TRUE(wait_until([&] { return !(out = wire_.take()).empty(); }, seconds{5}));
  EXPECT_EQ(out, std::vector<Frame>{frame});
}

TEST_P(QemuVirtioNet, AFrameThatSpreadsOverBuffersIsDroppedWhole) {
  const auto pool = make_pool();
  const auto nic = open({.pools = {pool}});
  ASSERT_TRUE(nic);
  put(frame_to(nic->mac(), 9000));
  put(frame_to(nic->mac(), 64));
  const auto frames = receive_for_a_while(*nic, pool, 1);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0], frame_to(nic->mac(), 64));
  EXPECT_EQ(nic->rx(QueueId{0}).counters().bad_frame, 1U);
}

TEST_P(QemuVirtioNet, ReceivesWhatItsFiltersSay) {
  const auto pool = make_pool();
  const auto nic = open({.pools = {pool}, .promiscuous = false});
  ASSERT_TRUE(nic);
  EXPECT_TRUE(arrives(*nic, pool, broadcast));
  EXPECT_FALSE(arrives(*nic, pool, stranger));
  EXPECT_FALSE(arrives(*nic, pool, group));

  ASSERT_TRUE(nic->set_multicast_addresses(std::array{group}));
  EXPECT_TRUE(arrives(*nic, pool, group));
  ASSERT_TRUE(nic->set_unicast_addresses(std::array{stranger}));
  EXPECT_TRUE(arrives(*nic, pool, stranger));
  EXPECT_TRUE(arrives(*nic, pool, group)) << "still there";
  ASSERT_TRUE(nic->set_multicast_addresses({}));
  ASSERT_TRUE(nic->set_unicast_addresses({}));
  EXPECT_FALSE(arrives(*nic, pool, group));
  EXPECT_FALSE(arrives(*nic, pool, stranger));

  ASSERT_TRUE(nic->set_all_multicast(true));
  EXPECT_TRUE(arrives(*nic, pool, group));
  ASSERT_TRUE(nic->set_all_multicast(false));
  EXPECT_FALSE(arrives(*nic, pool, group));
  ASSERT_TRUE(nic->set_promiscuous(true));
  EXPECT_TRUE(arrives(*nic, pool, stranger));
  ASSERT_TRUE(nic->set_promiscuous(false));

  const MacAddress before = nic->mac();
  ASSERT_TRUE(nic->set_mac(stranger));
  EXPECT_EQ(nic->mac(), stranger);
  EXPECT_FALSE(arrives(*nic, pool, before));
  EXPECT_EQ(nic->set_mac(broadcast).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(nic->set_multicast_addresses(std::array{stranger}).error().code,
            ErrorCode::invalid_argument);
}

TEST_P(QemuVirtioNet, ASleeperIsWokenByAFrame) {
  const auto pool = make_pool();
  auto config = driver::Config{.pools = {pool}, .interrupts = true};
  if (std::string_view{GetParam().description}.starts_with("virtio-net legacy")) {
    const auto nic = VirtioNet::open(function_, config, {.physical = true});
    ASSERT_FALSE(nic);
    EXPECT_EQ(nic.error().code, ErrorCode::unsupported);
    return;
  }
  const auto nic = open(std::move(config));
  ASSERT_TRUE(nic);
  auto& rx = nic->rx(QueueId{0});
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(rx.arm());
    put(frame_to(nic->mac(), 60));
    pollfd readable{.fd = rx.event(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(::poll(&readable, 1, 5000), 1);
    uint64_t signals = 0;
    ASSERT_EQ(::read(rx.event(), &signals, sizeof signals), 8);
    rx.disarm();
    EXPECT_EQ(receive_for_a_while(*nic, pool, 1).size(), 1U);
  }
}

TEST_P(QemuVirtioNet, GivesAllBuffersBackAndComesUpAgain) {
  const auto pool = make_pool();
  for (int round = 0; round < 3; ++round) {
    {
      const auto nic = open({.pools = {pool}});
      ASSERT_TRUE(nic);
      const Frame frame = frame_to(nic->mac(), 200);
      put(frame);
      EXPECT_EQ(receive_for_a_while(*nic, pool, 1), std::vector<Frame>{frame});
      EXPECT_TRUE(send(*nic, pool, frame));
    }
    EXPECT_EQ(pool->available(), pool->capacity());
  }
}

TEST_P(QemuVirtioNet, ADeviceThatIsGoneKeepsItsBuffers) {
  const auto pool = make_pool();
  {
    const auto nic = open({.pools = {pool}});
    ASSERT_TRUE(nic);
    function_->kill();
    EXPECT_EQ(nic->link().error().code, ErrorCode::device_gone);
    EXPECT_EQ(nic->check_alive().error().code, ErrorCode::device_gone);
  }
  EXPECT_LT(pool->available(), pool->capacity());
}

INSTANTIATE_TEST_SUITE_P(
    Interfaces, QemuVirtioNet,
    ::testing::Values(
        Flavour{"split", "disable-legacy=on,iommu_platform=on", "virtio-net 1.x at"},
        Flavour{"packed", "disable-legacy=on,iommu_platform=on,packed=on",
                "virtio-net 1.x, packed rings, at"},
        Flavour{"split_without_events", "disable-legacy=on,iommu_platform=on,event_idx=off",
                "virtio-net 1.x at"},
        Flavour{"packed_without_events",
                "disable-legacy=on,iommu_platform=on,packed=on,event_idx=off",
                "virtio-net 1.x, packed rings, at"},
        Flavour{"large_rings", "disable-legacy=on,iommu_platform=on,rx_queue_size=1024",
                "virtio-net 1.x at"},
        Flavour{"page_per_queue", "disable-legacy=on,iommu_platform=on,page-per-vq=on",
                "virtio-net 1.x at"},
        Flavour{"transitional", "disable-legacy=off,disable-modern=off", "virtio-net 1.x at", true},
        Flavour{"legacy", "disable-legacy=off,disable-modern=on", "virtio-net legacy at", true},
        Flavour{"legacy_large_rings", "disable-legacy=off,disable-modern=on,rx_queue_size=1024",
                "virtio-net legacy at", true}),
    [](const auto& test) { return std::string{test.param.name}; });

}  // namespace
}  // namespace bulkhead::virtio
