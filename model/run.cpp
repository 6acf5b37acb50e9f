#include "model/run.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include <poll.h>
#include <sched.h>

namespace bulkhead::model {
namespace {

using Clock = std::chrono::steady_clock;

/// What to do between two turns that found no work.
class Backoff {
 public:
  explicit Backoff(const Idling& idling) : idling_(idling) { worked(); }

  void worked() {
    idle_ = false;
    yields_ = 0;
    sleep_ = idling_.shortest_sleep;
  }

  Result<> wait(std::span<Service* const> services) {
    if (!idle_) {
      idle_ = true;
      idle_since_ = Clock::now();
    }
    if (yields_ == 0 && Clock::now() - idle_since_ < idling_.spin) return {};
    if (yields_ < idling_.yields) {
      ++yields_;
      ::sched_yield();
      return {};
    }
    return sleep(services);
  }

 private:
  Result<> sleep(std::span<Service* const> services) {
    fds_.clear();
    for (const Service* service : services) service->wake_fds(fds_);
    const timespec time{.tv_sec = sleep_.count() / 1'000'000,
                        .tv_nsec = sleep_.count() % 1'000'000 * 1000};
    if (::ppoll(fds_.data(), fds_.size(), &time, nullptr) < 0 && errno != EINTR)
      return fail_errno("ppoll");
    sleep_ = std::min(sleep_ * 2, idling_.longest_sleep);
    return {};
  }

  const Idling& idling_;
  bool idle_ = false;
  Clock::time_point idle_since_;
  int yields_ = 0;
  std::chrono::microseconds sleep_{0};
  std::vector<pollfd> fds_;
};

}  // namespace

Result<> run(std::span<Service* const> services, const std::atomic<bool>& stop,
             const Idling& idling) {
  Backoff backoff{idling};
  while (!stop.load(std::memory_order_relaxed)) {
    bool worked = false;
    for (Service* service : services) worked |= service->service();
    if (worked) {
      backoff.worked();
    } else {
      BULKHEAD_TRY(backoff.wait(services));
    }
  }
  return {};
}

}  // namespace bulkhead::model
