#include "bulkhead/net/waiter.hpp"

#include <algorithm>
#include <ctime>
#include <span>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace bulkhead::net {
namespace {

/// Eventfds are non-blocking: one without a signal is left as it is.
void drain(int event) {
  uint64_t signals = 0;
  [[maybe_unused]] const auto taken = ::read(event, &signals, sizeof signals);
}

/// Interrupted or timed out: the caller looks at the queues in any case.
void poll_for(std::span<pollfd> polled, std::chrono::nanoseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (time - seconds).count()};
  static_cast<void>(::ppoll(polled.data(), polled.size(), &timeout, nullptr));
}

}  // namespace

Result<Waiter> Waiter::create(std::vector<queue::RxQueue*> queues) {
  OwnedFd woken{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!woken) return fail_errno("eventfd");
  return Waiter{std::move(queues), std::move(woken)};
}

Waiter::Waiter(std::vector<queue::RxQueue*> queues, OwnedFd woken)
    : queues_(std::move(queues)),
      woken_(std::move(woken)),
      all_have_events_(std::ranges::all_of(
          queues_, [](const queue::RxQueue* queue) { return queue->event() >= 0; })) {
  polled_.push_back({.fd = woken_.get(), .events = POLLIN, .revents = 0});
  for (const auto* queue : queues_)
    polled_.push_back({.fd = queue->event(), .events = POLLIN, .revents = 0});
}

void Waiter::wait(std::chrono::milliseconds limit) {
  // A signal of before this look at the queues says nothing new; one that comes after it ends the
  // sleep. So no arrival falls between looking and sleeping.
  for (const auto* queue : queues_)
    if (queue->event() >= 0) drain(queue->event());
  if (arm_all()) {
    const std::chrono::nanoseconds longest =
        all_have_events_ ? std::chrono::nanoseconds{limit} : std::chrono::nanoseconds{nap};
    poll_for(polled_, longest);
    drain(woken_.get());
  }
  for (auto* queue : queues_) queue->disarm();
}

void Waiter::wait_also_for(int fd) {
  polled_.push_back({.fd = fd, .events = POLLIN, .revents = 0});
}

void Waiter::forget_others() {
  for (auto& other : std::span{polled_}.subspan(1 + queues_.size())) other.fd = -1;
}

// A sleep of the one system call that waiting takes anyway: a sandbox need not allow another.
void Waiter::take_a_nap() {
  poll_for({}, nap);
}

bool Waiter::arm_all() {
  return std::ranges::all_of(queues_, [](queue::RxQueue* queue) { return queue->arm(); });
}

void Waiter::wake() const {
  const uint64_t one = 1;
  // A full counter has woken it already.
  [[maybe_unused]] const auto written = ::write(woken_.get(), &one, sizeof one);
}

}  // namespace bulkhead::net
