// Every wait on a device ends: a deadline, and the loop that respects it.
#pragma once

#include <chrono>
#include <concepts>
#include <thread>

namespace bulkhead {

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;
  static Deadline after(std::chrono::nanoseconds time) { return Deadline{Clock::now() + time}; }
  [[nodiscard]] bool reached() const { return Clock::now() >= end_; }
  /// What is left, never negative, rounded up to whole milliseconds (as poll(2) takes them).
  [[nodiscard]] int remaining_ms() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - Clock::now()).count();
    return left > 0 ? static_cast<int>(left) : 0;
  }

 private:
  explicit Deadline(Clock::time_point end) : end_(end) {}
  Clock::time_point end_;
};

/// Asks `condition` until it holds or `limit` is over, pausing `pause` in between; true if it held.
/// The last question is asked after the limit, so that a preempted caller gets a fair answer.
template <std::invocable Condition>
bool wait_until(Condition condition, std::chrono::nanoseconds limit,
                std::chrono::nanoseconds pause = std::chrono::microseconds{10}) {
  const auto deadline = Deadline::after(limit);
  while (!deadline.reached()) {
    if (condition()) return true;
    std::this_thread::sleep_for(pause);
  }
  return condition();
}

}  // namespace bulkhead
