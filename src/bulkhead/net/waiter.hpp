// Sleeping until frames arrive, at any of several queues of any ports.
#pragma once

#include <chrono>
#include <vector>

#include <poll.h>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/queue/queues.hpp"

namespace bulkhead::net {

/// For the thread that owns the queues, once it has polled them in vain for a while. One sleep
/// waits for all of them, so a silent port delays no other. wake() may come from any thread.
class Waiter {
 public:
  /// What a queue without an event (its port was opened without interrupts) is looked at again
  /// after.
  static constexpr std::chrono::microseconds nap{50};

  /// The queues outlive the waiter. Errors: no descriptor left for an eventfd.
  static Result<Waiter> create(std::vector<queue::RxQueue*> queues);

  /// The same, woken by an eventfd that others can write to: it must be non-blocking.
  static Waiter create(std::vector<queue::RxQueue*> queues, OwnedFd woken) {
    return Waiter{std::move(queues), std::move(woken)};
  }

  /// Returns when frames are there, when wake() was called since the last wait, or at the limit;
  /// it may return early for no reason.
  void wait(std::chrono::milliseconds limit);
  void wake() const;
  /// Another descriptor, whose being readable ends a sleep, too. Takes memory.
  void wait_also_for(int fd);
  /// Such descriptors end no sleep any more.
  void forget_others();
  /// Sleeps for a nap, whatever arrives.
  static void take_a_nap();
  /// What wait() looks at.
  [[nodiscard]] size_t descriptors() const { return polled_.size(); }
  [[nodiscard]] int woken_by() const { return woken_.get(); }

 private:
  Waiter(std::vector<queue::RxQueue*> queues, OwnedFd woken);
  [[nodiscard]] bool arm_all();

  std::vector<queue::RxQueue*> queues_;
  OwnedFd woken_;
  std::vector<pollfd> polled_;  ///< woken_, the queues' events, the others
  bool all_have_events_;
};

}  // namespace bulkhead::net
