// What the job needs before it begins. What it does is tested with whole programs:
// tests/system/netdev_test.py.
#include "bulkhead/confine/compartment/netdev_job.hpp"

#include <array>

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bulkhead/base/bytes.hpp"

#include "tests/confine/compartment/frame_pair.hpp"
#include "tests/confine/compartment/idle_queues.hpp"

namespace bulkhead::confine {
namespace {

constexpr uint32_t netdev_batch = 64;
constexpr uint32_t netdev_rings = 512 + 480;
const NetdevWork usual_work{.longest_frame = 1518};

/// One port without a queue pair, and an interface without a queue.
Equipment empty_equipment() {
  Equipment all{.options = {.batch = netdev_batch},
                .work = usual_work,
                .control = *ControlPage::create(),
                .wake = OwnedFd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
                .interface_queues = {},
                .ports = {}};
  all.ports.emplace_back();
  return all;
}

void add_pair(Equipment& equipment, std::shared_ptr<queue::Pool> pool) {
  equipment.interface_queues.emplace_back(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  equipment.ports[0].pairs.push_back(std::make_unique<IdleQueues>(netdev_rings));
  equipment.ports[0].pools.push_back(std::move(pool));
}

/// With one queue pair.
Equipment equipment_with(uint32_t buffers) {
  auto equipment = empty_equipment();
  add_pair(equipment, *queue::Pool::create({.buffers = buffers}));
  return equipment;
}

ErrorCode refusal(Equipment& equipment, const NetdevWork& work = usual_work) {
  const auto job = NetdevJob::create(equipment, work);
  EXPECT_FALSE(job);
  return job ? ErrorCode::io : job.error().code;
}

TEST(NetdevJob, APoolHoldsWhatTheRingsAndABatchEachWayCan) {
  auto enough = equipment_with(netdev_rings + 2 * netdev_batch);
  EXPECT_TRUE(NetdevJob::create(enough, usual_work));
  auto too_few = equipment_with(netdev_rings + 2 * netdev_batch - 1);
  EXPECT_EQ(refusal(too_few), ErrorCode::invalid_argument);
}

TEST(NetdevJob, ABufferHoldsTheLongestFrame) {
  auto equipment = equipment_with(4096);
  EXPECT_EQ(refusal(equipment, {.longest_frame = 2049}), ErrorCode::protocol);
  EXPECT_TRUE(NetdevJob::create(equipment, {.longest_frame = 2048}));
}

TEST(NetdevJob, TakesOnePortWithAQueuePairForEachOfTheInterfacesQueues) {
  auto no_port = equipment_with(4096);
  no_port.ports.clear();
  EXPECT_EQ(refusal(no_port), ErrorCode::protocol);
  auto no_pair = empty_equipment();
  EXPECT_EQ(refusal(no_pair), ErrorCode::protocol);
  auto two = equipment_with(4096);
  add_pair(two, *queue::Pool::create({.buffers = 4096}));
  EXPECT_TRUE(NetdevJob::create(two, usual_work));
  two.interface_queues.pop_back();
  EXPECT_EQ(refusal(two), ErrorCode::protocol);
}

TEST(NetdevJob, EachQueuePairHasAPoolOfItsOwnThatIsLargeEnough) {
  auto shared = equipment_with(1U << 14U);
  add_pair(shared, shared.ports[0].pools[0]);
  EXPECT_EQ(refusal(shared), ErrorCode::protocol);
  auto small = equipment_with(4096);
  add_pair(small, *queue::Pool::create({.buffers = netdev_rings}));
  EXPECT_EQ(refusal(small), ErrorCode::invalid_argument);
}

TEST(NetdevJob, DoesNothingWrongOnPurpose) {
  auto equipment = equipment_with(4096);
  equipment.options.misbehaviour = Misbehaviour::hang;
  EXPECT_EQ(refusal(equipment), ErrorCode::protocol);
}

/// As when frames go the other way all the time: nothing waits for a round without any.
TEST(NetdevJob, AStoppedQueueIsToldOfWithEachLookAtTheCounters) {
  auto equipment = equipment_with(4096);
  static_cast<IdleQueues&>(*equipment.ports[0].pairs[0]).pair.rx.broken = true;
  auto job = NetdevJob::create(equipment, usual_work);
  ASSERT_TRUE(job);
  equipment.control.set_stop();
  job->run();
  EXPECT_EQ(equipment.control.counts().rx_stopped[0], 1U);
  EXPECT_EQ(equipment.control.counts().tx_stopped[0], 0U);
}

TEST(NetdevJob, AStoppedQueueIsToldOfWhateverTheOthersDo) {
  for (const size_t broken : {0U, 1U}) {
    auto equipment = equipment_with(4096);
    add_pair(equipment, *queue::Pool::create({.buffers = 4096}));
    static_cast<IdleQueues&>(*equipment.ports[0].pairs[broken]).pair.tx.broken = true;
    auto job = NetdevJob::create(equipment, usual_work);
    ASSERT_TRUE(job);
    equipment.control.set_stop();
    job->run();
    EXPECT_EQ(equipment.control.counts().tx_stopped[0], 1U) << broken;
    EXPECT_EQ(equipment.control.counts().rx_stopped[0], 0U) << broken;
  }
}

FramePair& add_frame_pair(Equipment& equipment) {
  auto pool = *queue::Pool::create({.buffers = 4096});
  auto pair = std::make_unique<FramePair>(*pool, netdev_rings);
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends.data()), 0);
  pair->kernel = OwnedFd{ends[0]};
  auto& added = *pair;
  equipment.interface_queues.emplace_back(ends[1]);
  equipment.ports[0].pairs.push_back(std::move(pair));
  equipment.ports[0].pools.push_back(std::move(pool));
  return added;
}

/// Each of another length, so that none is taken for another.
net::Frame frame_for(size_t pair, size_t number) {
  return net::Frame(60 + 10 * pair + number, std::byte{0xEE});
}

void kernel_sends(const FramePair& pair, const net::Frame& frame) {
  net::Frame packet;
  append(packet, net::VnetHeader{}.encode());
  packet.insert(packet.end(), frame.begin(), frame.end());
  EXPECT_EQ(::write(pair.kernel.get(), packet.data(), packet.size()), std::ssize(packet));
}

net::Frame kernel_gets(const FramePair& pair) {
  net::Frame packet(2048);
  const auto got = ::read(pair.kernel.get(), packet.data(), packet.size());
  packet.resize(got < 0 ? 0 : static_cast<size_t>(got));
  if (packet.size() < net::VnetHeader::size) return {};
  return {packet.begin() + net::VnetHeader::size, packet.end()};
}

TEST(NetdevJob, EachQueuePairsFramesGoToItsQueueOfTheInterfaceAndBack) {
  auto equipment = empty_equipment();
  std::vector<FramePair*> pairs;
  for (int i = 0; i < 3; ++i) pairs.push_back(&add_frame_pair(equipment));
  for (size_t pair = 0; pair < pairs.size(); ++pair)
    for (size_t number = 0; number < 5; ++number) {
      pairs[pair]->arrivals.waiting.push_back(frame_for(pair, number));
      kernel_sends(*pairs[pair], frame_for(pair, number));
    }
  int rounds = 0;
  pairs.front()->arrivals.asked = [&] {
    if (++rounds == 3) equipment.control.set_stop();
  };
  auto job = NetdevJob::create(equipment, usual_work);
  ASSERT_TRUE(job);
  job->run();
  for (size_t pair = 0; pair < pairs.size(); ++pair) {
    EXPECT_TRUE(pairs[pair]->started);
    ASSERT_EQ(pairs[pair]->departures.sent.size(), 5U) << pair;
    for (size_t number = 0; number < 5; ++number) {
      EXPECT_EQ(kernel_gets(*pairs[pair]), frame_for(pair, number)) << pair;
      EXPECT_EQ(pairs[pair]->departures.sent[number], frame_for(pair, number)) << pair;
    }
    EXPECT_TRUE(kernel_gets(*pairs[pair]).empty());
  }
  const auto counts = equipment.control.counts();
  EXPECT_EQ(counts.frames, (std::array<uint64_t, 2>{15, 15}));
}

/// Pair 1 has room once the job is to end; pair 0 never has, and is given up after a few looks.
TEST(NetdevJob, APairThatIsStuckAtTheEndKeepsNoOthersFrames) {
  auto equipment = empty_equipment();
  std::vector<FramePair*> pairs;
  for (int i = 0; i < 2; ++i) pairs.push_back(&add_frame_pair(equipment));
  for (auto* pair : pairs) {
    kernel_sends(*pair, frame_for(0, 0));
    pair->departures.room = 0;
  }
  int looks = 0;
  size_t sent_meanwhile = 0;
  pairs[0]->departures.asked = [&] {
    equipment.control.set_stop();
    if (++looks == 2) pairs[1]->departures.room = 1;
    if (looks < 4) return;
    sent_meanwhile = pairs[1]->departures.sent.size();
    pairs[0]->departures.broken = true;
  };
  auto job = NetdevJob::create(equipment, usual_work);
  ASSERT_TRUE(job);
  job->run();
  EXPECT_EQ(sent_meanwhile, 1U);
}

TEST(NetdevJob, TheHeartBeatsForEachQueuePair) {
  auto equipment = empty_equipment();
  std::vector<FramePair*> pairs;
  for (int i = 0; i < 3; ++i) pairs.push_back(&add_frame_pair(equipment));
  std::vector<uint64_t> beats;
  for (auto* pair : pairs)
    pair->arrivals.asked = [&] {
      beats.push_back(equipment.control.heartbeat());
      if (beats.size() == 6) equipment.control.set_stop();
    };
  auto job = NetdevJob::create(equipment, usual_work);
  ASSERT_TRUE(job);
  job->run();
  EXPECT_EQ(beats, (std::vector<uint64_t>{1, 2, 3, 4, 5, 6}));
}

}  // namespace
}  // namespace bulkhead::confine
