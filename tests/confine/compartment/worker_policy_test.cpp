#include "bulkhead/confine/compartment/worker_policy.hpp"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>
#include <unistd.h>

#include "bulkhead/confine/runtime.hpp"

namespace bulkhead::confine {
namespace {

bool keeps(const Policy& policy, int fd) {
  return std::ranges::any_of(policy.keep, [fd](const Kept& kept) { return kept.fd == fd; });
}

TEST(WorkerPolicy, KeepsTheSignalTheChannelAndInterruptsThatThereAre) {
  const auto policy = worker_policy(std::array{20, -1, 21}, 10, 11);
  for (const int fd : {10, 11, 20, 21}) EXPECT_TRUE(keeps(policy, fd)) << fd;
  EXPECT_FALSE(keeps(policy, -1));
  EXPECT_EQ(policy.polled, policy.keep.size());
  EXPECT_EQ(policy.calls, SystemCalls::interrupts);
}

TEST(WorkerPolicy, KeepsAllOfANetworkInterfacesQueuesToWaitFor) {
  const std::array queues{OwnedFd{::dup(0)}, OwnedFd{::dup(0)}};
  auto policy = worker_policy({}, 10, 11);
  const size_t others = policy.keep.size();
  keep_interface(policy, queues);
  for (const auto& queue : queues) EXPECT_TRUE(keeps(policy, queue.get()));
  EXPECT_EQ(policy.keep.size(), others + queues.size());
  EXPECT_EQ(policy.polled, policy.keep.size());
  keep_interface(policy, {});
  EXPECT_EQ(policy.keep.size(), others + queues.size());
}

TEST(WorkerPolicy, TheBrokersErrorsAreNotTheWorkersToWrite) {
  EXPECT_EQ(keeps(worker_policy({}, 10, 11), STDERR_FILENO), sanitized);
}

TEST(WorkerPolicy, WithoutSystemCallsFilteredAndDescriptorsClosedThereIsNoWorker) {
  if (sanitized) GTEST_SKIP() << "the sanitizers' runtime makes calls of its own";
  const auto required = worker_policy({}, 10, 11).required;
  for (const auto layer : {Layer::system_calls, Layer::descriptors, Layer::no_files,
                           Layer::no_new_privileges, Layer::not_dumpable})
    EXPECT_NE(std::ranges::find(required, layer), required.end()) << to_string(layer);
}

}  // namespace
}  // namespace bulkhead::confine
