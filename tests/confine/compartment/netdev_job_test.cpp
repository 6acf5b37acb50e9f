// What the job needs before it begins. What it does is tested with whole programs:
// tests/system/netdev_test.py.
#include "bulkhead/confine/compartment/netdev_job.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include "tests/confine/compartment/idle_queues.hpp"

namespace bulkhead::confine {
namespace {

constexpr uint32_t netdev_batch = 64;
constexpr uint32_t netdev_rings = 512 + 480;
constexpr NetdevWork usual_work{.longest_frame = 1518};

/// One port, whose only queue pair has this pool.
Equipment netdev_equipment(std::shared_ptr<queue::Pool> pool) {
  Equipment all{.options = {.batch = netdev_batch},
                .work = usual_work,
                .control = *ControlPage::create(),
                .wake = OwnedFd{::eventfd(0, EFD_CLOEXEC)},
                .interface = OwnedFd{::eventfd(0, EFD_CLOEXEC)},
                .ports = {}};
  PortEquipment port;
  port.pairs.push_back(std::make_unique<IdleQueues>(netdev_rings));
  port.pools.push_back(std::move(pool));
  all.ports.push_back(std::move(port));
  return all;
}

Equipment equipment_with(uint32_t buffers) {
  return netdev_equipment(*queue::Pool::create({.buffers = buffers}));
}

ErrorCode refusal(Equipment& equipment, NetdevWork work = usual_work) {
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

TEST(NetdevJob, TakesOnePortWithOneQueuePair) {
  auto none = equipment_with(4096);
  none.ports.clear();
  EXPECT_EQ(refusal(none), ErrorCode::protocol);
  auto two = equipment_with(4096);
  two.ports[0].pairs.push_back(std::make_unique<IdleQueues>(netdev_rings));
  EXPECT_EQ(refusal(two), ErrorCode::protocol);
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

}  // namespace
}  // namespace bulkhead::confine
