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

  /// To be asked now and then. `heartbeat` and `processor_time` read what they are named after; a
  /// heartbeat of 0 is none yet.
  //
  // Both go on while we read, and we may lose our own processor between any two readings. So the
  // time is read before the heartbeat when it counts against the process: a beat up to that moment
  // is seen. It is read again after a beat that is news, to count from: had the first reading been
  // kept, what the process did between the two would count though a beat came after it. Whoever
  // hangs has thus spent all of the limit between two readings of the same heartbeat.
  template <class ReadHeartbeat, class ReadTime>
  [[nodiscard]] bool hangs(const ReadHeartbeat& heartbeat, const ReadTime& processor_time) {
    const std::chrono::nanoseconds before = processor_time();
    const uint64_t beat = heartbeat();
    if (beat != heartbeat_) {
      heartbeat_ = beat;
      began_ = true;  // and does not become undone by a heartbeat of 0
      since_ = processor_time();
      return false;
    }
    return before - since_ >= (began_ ? limit_ : std::max(start_limit, limit_));
  }

 private:
  std::chrono::nanoseconds limit_;
  uint64_t heartbeat_ = 0;
  bool began_ = false;
  std::chrono::nanoseconds since_{0};
};

}  // namespace bulkhead::confine
