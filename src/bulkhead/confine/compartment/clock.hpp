// What time it is, and waiting: a supervisor's. Tests have a clock of their own.
#pragma once

#include <chrono>
#include <span>

#include <poll.h>

namespace bulkhead::confine {

class Clock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Clock() = default;
  virtual ~Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  Clock(Clock&&) = delete;
  Clock& operator=(Clock&&) = delete;

  [[nodiscard]] virtual TimePoint now() const { return std::chrono::steady_clock::now(); }
  /// poll(2). Returns when time is up, something has happened, or it was interrupted: the caller
  /// looks in any case.
  virtual void wait(std::span<pollfd> events, std::chrono::milliseconds time) {
    static_cast<void>(::poll(events.data(), events.size(), static_cast<int>(time.count())));
  }
};

}  // namespace bulkhead::confine
