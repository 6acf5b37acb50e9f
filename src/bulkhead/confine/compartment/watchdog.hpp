// When a process counts as hung.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace bulkhead::confine {

/// A heartbeat that stands still while the process uses a processor. What counts is the process's
/// own time on one: a process that sleeps, or that gets no processor, is not hung.
class Watchdog {
 public:
  /// Until its first heartbeat a process loads its program and puts its sandbox on.
  static constexpr std::chrono::nanoseconds start_limit = std::chrono::seconds{10};

  explicit Watchdog(std::chrono::nanoseconds limit) : limit_(limit) {}

  /// To be asked now and then. `heartbeat` is 0 until the first.
  [[nodiscard]] bool hangs(uint64_t heartbeat, std::chrono::nanoseconds processor_time) {
    if (heartbeat != heartbeat_) {
      heartbeat_ = heartbeat;
      since_ = processor_time;
    }
    return processor_time - since_ >= (heartbeat == 0 ? std::max(start_limit, limit_) : limit_);
  }

 private:
  std::chrono::nanoseconds limit_;
  uint64_t heartbeat_ = 0;
  std::chrono::nanoseconds since_{0};
};

}  // namespace bulkhead::confine
