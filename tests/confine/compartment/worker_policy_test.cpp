#include "bulkhead/confine/compartment/worker_policy.hpp"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bulkhead/confine/layers.hpp"
#include "bulkhead/confine/runtime.hpp"

#include "tests/confine/child.hpp"
#include "tests/queue/fake_queues.hpp"

namespace bulkhead::confine {
namespace {

using namespace std::string_literals;

bool keeps(const Policy& policy, int fd) {
  return std::ranges::any_of(policy.keep, [fd](const Kept& kept) { return kept.fd == fd; });
}

net::Waiter waiter_for(std::vector<queue::RxQueue*> queues) {
  return *net::Waiter::create(std::move(queues));
}

TEST(WorkerPolicy, KeepsTheSignalTheChannelAndInterruptsThatThereAre) {
  const auto arrivals = waiter_for({});
  const auto policy = worker_policy(std::array{20, -1, 21}, arrivals, 11);
  for (const int fd : {arrivals.woken_by(), 11, 20, 21}) EXPECT_TRUE(keeps(policy, fd)) << fd;
  EXPECT_FALSE(keeps(policy, -1));
  EXPECT_EQ(policy.calls, SystemCalls::interrupts);
}

TEST(WorkerPolicy, KeepsAllOfANetworkInterfacesQueues) {
  const std::array queues{OwnedFd{::dup(0)}, OwnedFd{::dup(0)}};
  auto policy = worker_policy({}, waiter_for({}), 11);
  const size_t others = policy.keep.size();
  keep_interface(policy, queues);
  for (const auto& queue : queues) EXPECT_TRUE(keeps(policy, queue.get()));
  EXPECT_EQ(policy.keep.size(), others + queues.size());
  keep_interface(policy, {});
  EXPECT_EQ(policy.keep.size(), others + queues.size());
}

uint64_t sleeps_so_far() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_nvcsw);
}

/// poll(2) refuses more entries than a process may have descriptors, those without one included.
TEST(WorkerPolicy, WhoWaitsForQueuesWithoutInterruptsSleeps) {
  constexpr uint64_t waits = 100;
  const auto ended = in_child([](int channel) {
    std::array<queue::FakeQueues, 6> pairs;
    std::vector<queue::RxQueue*> queues;
    for (auto& pair : pairs) queues.push_back(&pair.rx);
    auto arrivals = waiter_for(queues);
    arrivals.wait_also_for(channel);
    const auto policy = worker_policy(std::array{-1, -1, -1, -1, -1, -1}, arrivals, channel);
    if (forbid_new_files(policy.keep, policy.polled).presence != Presence::on) return "no limit"s;
    const uint64_t before = sleeps_so_far();
    for (uint64_t i = 0; i < waits; ++i) arrivals.wait(std::chrono::milliseconds{1});
    return outcome(sleeps_so_far() - before >= waits / 2);
  });
  EXPECT_EQ(ended.said, "yes");
}

TEST(WorkerPolicy, TheBrokersErrorsAreNotTheWorkersToWrite) {
  EXPECT_EQ(keeps(worker_policy({}, waiter_for({}), 11), STDERR_FILENO), sanitized);
}

TEST(WorkerPolicy, WithoutSystemCallsFilteredAndDescriptorsClosedThereIsNoWorker) {
  if (sanitized) GTEST_SKIP() << "the sanitizers' runtime makes calls of its own";
  const auto required = worker_policy({}, waiter_for({}), 11).required;
  for (const auto layer : {Layer::system_calls, Layer::descriptors, Layer::no_files,
                           Layer::no_new_privileges, Layer::not_dumpable})
    EXPECT_NE(std::ranges::find(required, layer), required.end()) << to_string(layer);
}

}  // namespace
}  // namespace bulkhead::confine
