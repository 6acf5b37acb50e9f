#include "bulkhead/app/forward_worker.hpp"

#include <gtest/gtest.h>

#include "tests/app/fake_port.hpp"

namespace bulkhead::app {
namespace {

constexpr std::chrono::seconds patience{20};

class ForwardWorkerTest : public ::testing::Test {
 protected:
  std::unique_ptr<ForwardWorker> start(Idle idle) {
    Directions directions;
    for (const size_t from : {size_t{0}, size_t{1}})
      directions.push_back(
          {.way = std::make_unique<net::ByQueues>(ports[from].pair.rx, ports[1 - from].pair.tx,
                                                  pool, 32, net::Handling::unchanged),
           .number = from});
    return std::make_unique<ForwardWorker>(
        Share{.directions = std::move(directions),
              .arrivals = *net::Waiter::create({&ports[0].pair.rx, &ports[1].pair.rx})},
        ForwardWorker::Options{.limit = 0, .idle = idle, .calls = confine::SystemCalls::interrupts},
        all, 0, nullptr);
  }
  std::shared_ptr<queue::Pool> pool = *queue::Pool::create({.buffers = 64});
  std::array<FakePort, 2> ports;
  std::vector<Progress> all = std::vector<Progress>(1);
  const Progress& progress = all.front();
};

TEST_F(ForwardWorkerTest, SaysWhichQueueOfWhichWayHasStopped) {
  ports[1].pair.rx.broken = true;
  ports[0].pair.tx.broken = true;
  for (const Idle idle : {Idle::spin, Idle::sleep}) {
    const auto worker = start(idle);
    EXPECT_TRUE(
        wait_until([this] { return progress.stopped(1).rx && progress.stopped(1).tx; }, patience));
    EXPECT_FALSE(progress.stopped(0).rx || progress.stopped(0).tx);
  }
}

TEST_F(ForwardWorkerTest, NothingIsDestroyedUnderOneThatHangs) {
  ports[0].pair.rx.hangs = true;
  EXPECT_EXIT(
      {
        auto worker = start(Idle::sleep);
        ports[0].pair.rx.reached.acquire();
        worker.reset();
      },
      ::testing::ExitedWithCode(1), "");
}

}  // namespace
}  // namespace bulkhead::app
