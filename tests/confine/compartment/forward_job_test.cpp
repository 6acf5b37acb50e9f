// What the job needs before it begins. What it does is tested with whole programs:
// tests/system/compartment_test.py.
#include "bulkhead/confine/compartment/forward_job.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include "tests/confine/compartment/frame_pair.hpp"
#include "tests/confine/compartment/idle_queues.hpp"

namespace bulkhead::confine {
namespace {

constexpr uint32_t batch = 64;
constexpr uint32_t rings = 512 + 480;

/// Two ports, whose queue pairs have these pools.
Equipment equipment(const std::vector<std::shared_ptr<queue::Pool>>& pools) {
  Equipment all{.options = {.batch = batch},
                .work = {},
                .control = *ControlPage::create(),
                .wake = OwnedFd{::eventfd(0, EFD_CLOEXEC)},
                .interface_queues = {},
                .ports = {}};
  for (int i = 0; i < 2; ++i) {
    PortEquipment port;
    for (const auto& pool : pools) {
      port.pairs.push_back(std::make_unique<IdleQueues>(rings));
      port.pools.push_back(pool);
    }
    all.ports.push_back(std::move(port));
  }
  return all;
}

std::shared_ptr<queue::Pool> pool(uint32_t buffers) {
  return *queue::Pool::create({.buffers = buffers});
}

TEST(ForwardJob, APoolHoldsWhatBothPortsRingsAndBatchesCan) {
  auto enough = equipment({pool(2 * (rings + batch))});
  EXPECT_TRUE(ForwardJob::create(enough, {}));
  auto too_few = equipment({pool(2 * (rings + batch) - 1)});
  const auto job = ForwardJob::create(too_few, {});
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(job.error().what,
            "a pool with 2111 free buffers for 2 queue pairs, whose rings and batches of 64 hold "
            "up to 2112");
}

TEST(ForwardJob, QueuePairsThatShareAPoolNeedItTogether) {
  const auto shared = pool(4 * (rings + batch) - 1);
  auto together = equipment({shared, shared});
  EXPECT_FALSE(ForwardJob::create(together, {}));
  auto apart = equipment({pool(2 * (rings + batch)), pool(2 * (rings + batch))});
  EXPECT_TRUE(ForwardJob::create(apart, {}));
}

TEST(ForwardJob, TakesOnePoolForBothEnds) {
  auto mixed = equipment({pool(4096)});
  mixed.ports[1].pools[0] = pool(4096);
  EXPECT_FALSE(ForwardJob::create(mixed, {}));
}

/// A has room once the job is to end; B never has, and is given up after a few looks.
TEST(ForwardJob, AQueueThatIsStuckAtTheEndKeepsNoOthersFrames) {
  auto all = equipment({pool(4096)});
  std::vector<FramePair*> ends;
  for (auto& port : all.ports) {
    auto pair = std::make_unique<FramePair>(*port.pools[0], rings);
    ends.push_back(pair.get());
    port.pairs[0] = std::move(pair);
    ends.back()->arrivals.waiting.emplace_back(60, std::byte{0xEE});
    ends.back()->departures.room = 0;
  }
  auto& a = *ends[0];
  auto& b = *ends[1];
  int looks = 0;
  size_t sent_meanwhile = 0;
  // The way to B comes first.
  b.departures.asked = [&] {
    all.control.set_stop();
    if (++looks == 2) a.departures.room = 1;
    if (looks < 4) return;
    sent_meanwhile = a.departures.sent.size();
    b.departures.broken = true;
  };
  auto job = ForwardJob::create(all, {});
  ASSERT_TRUE(job);
  job->run();
  EXPECT_EQ(sent_meanwhile, 1U);
}

}  // namespace
}  // namespace bulkhead::confine
