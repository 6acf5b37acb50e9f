#include "bulkhead/net/waiter.hpp"

#include <array>
#include <thread>

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace bulkhead::net {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// Long enough to be told apart from "at once" on any machine.
constexpr milliseconds forever{30'000};

class SilentQueue final : public queue::RxQueue {
 public:
  SilentQueue() { set_event(OwnedFd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}); }
  uint32_t receive(queue::Batch& /*batch*/) override { return 0; }
  bool arm() override {
    armed = true;
    if (arrives_while_arming) signal();
    return !has_frames;
  }
  void disarm() override { armed = false; }
  [[nodiscard]] bool stopped() const override { return false; }
  [[nodiscard]] queue::QueueCounters counters() const override { return {}; }
  void signal() const { EXPECT_EQ(::eventfd_write(event(), 1), 0); }

  bool has_frames = false;
  bool arrives_while_arming = false;
  bool armed = false;
};

class WaiterTest : public ::testing::Test {
 protected:
  /// Whether it returned long before its limit.
  bool returns_early() {
    const auto start = Clock::now();
    waiter.wait(forever);
    return Clock::now() - start < forever / 2;
  }
  std::array<SilentQueue, 3> queues;
  Waiter waiter = *Waiter::create({&queues[0], &queues[1], &queues[2]});
};

TEST_F(WaiterTest, FramesThatAreThereNeedNoSleep) {
  queues[2].has_frames = true;
  EXPECT_TRUE(returns_early());
  for (const auto& queue : queues) EXPECT_FALSE(queue.armed);
}

TEST_F(WaiterTest, AnyQueuesSignalEndsTheSleep) {
  for (auto& queue : queues) {
    queue.arrives_while_arming = true;
    EXPECT_TRUE(returns_early());
    queue.arrives_while_arming = false;
    EXPECT_FALSE(queue.armed);
  }
}

TEST_F(WaiterTest, ASignalFromBeforeTheLookAtTheQueuesIsStale) {
  queues[1].signal();
  const auto start = Clock::now();
  waiter.wait(milliseconds{20});
  EXPECT_GE(Clock::now() - start, milliseconds{20});
}

TEST_F(WaiterTest, WakeFromAnotherThreadEndsTheSleepAndIsRememberedOnce) {
  std::thread other{[this] { waiter.wake(); }};
  EXPECT_TRUE(returns_early());
  other.join();
  const auto start = Clock::now();
  waiter.wait(milliseconds{20});
  EXPECT_GE(Clock::now() - start, milliseconds{20});
}

TEST_F(WaiterTest, EachFurtherDescriptorEndsTheSleepUntilTheyAreTakenAway) {
  const OwnedFd silent{::eventfd(0, EFD_CLOEXEC)};
  const OwnedFd further{::eventfd(1, EFD_CLOEXEC)};
  waiter.wait_also_for(silent.get());
  waiter.wait_also_for(further.get());
  EXPECT_TRUE(returns_early());
  waiter.forget_others();
  const auto start = Clock::now();
  waiter.wait(milliseconds{20});
  EXPECT_GE(Clock::now() - start, milliseconds{20});
}

TEST_F(WaiterTest, AQueueWithoutAnEventIsLookedAtSoon) {
  queues[1].set_event(OwnedFd{});
  waiter = *Waiter::create({&queues[0], &queues[1]});
  EXPECT_TRUE(returns_early());
}

}  // namespace
}  // namespace bulkhead::net
