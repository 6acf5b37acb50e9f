#include "model/run.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bulkhead/base/owned_fd.hpp"

namespace bulkhead::model {
namespace {

class Counted final : public Service {
 public:
  explicit Counted(std::atomic<bool>& stop) : stop_(stop) {}
  bool service() override {
    if (++calls == stop_after) stop_ = true;
    return calls <= busy_for;
  }
  void wake_fds(std::vector<pollfd>& fds) const override {
    fds.push_back({.fd = fd, .events = events, .revents = 0});
  }

  int calls = 0;
  int stop_after = 10;
  int busy_for = 0;
  int fd = -1;
  short events = POLLIN;

 private:
  std::atomic<bool>& stop_;
};

TEST(Run, ServesAllUntilItIsStopped) {
  std::atomic<bool> stop{false};
  Counted first{stop};
  Counted second{stop};
  first.busy_for = second.busy_for = 1000;
  second.stop_after = 1000;
  std::array<Service*, 2> services{&first, &second};
  first.stop_after = -1;
  EXPECT_TRUE(run(services, stop));
  EXPECT_EQ(first.calls, 1000);
  EXPECT_EQ(second.calls, 1000);
}

TEST(Run, AReadableDescriptorEndsTheSleep) {
  std::atomic<bool> stop{false};
  Counted service{stop};
  const OwnedFd event{::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)};
  service.fd = event.get();
  std::array<Service*, 1> services{&service};
  // The sleeps are so long that the test would time out if the descriptor did not end them.
  Idling idling;
  idling.spin = std::chrono::microseconds{0};
  idling.yields = 0;
  idling.shortest_sleep = idling.longest_sleep = std::chrono::hours{1};
  EXPECT_TRUE(run(services, stop, idling));
  EXPECT_EQ(service.calls, 10);
}

TEST(Run, ADescriptorIsPolledForWhatItsServiceWaitsForOnly) {
  std::atomic<bool> stop{false};
  Counted first{stop};
  Counted second{stop};
  first.stop_after = -1;
  // It is readable, and its service cannot use that: it waits to write, and there is no room.
  const OwnedFd full{::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)};
  const uint64_t most = ~0ULL - 2;
  ASSERT_EQ(::write(full.get(), &most, sizeof most), ssize_t{sizeof most});
  first.fd = full.get();
  first.events = POLLOUT;
  std::array<Service*, 2> services{&first, &second};
  second.stop_after = 3;
  Idling idling;
  idling.spin = std::chrono::microseconds{0};
  idling.yields = 0;
  idling.shortest_sleep = idling.longest_sleep = std::chrono::milliseconds{20};
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(run(services, stop, idling));
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds{40});
}

}  // namespace
}  // namespace bulkhead::model
