// How long to wait before the next worker.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace bulkhead::confine {

/// A worker that worked for a while is replaced at once. Those that die at once, one after the
/// other, are given ever longer pauses, as each takes the device down.
class Backoff {
 public:
  static constexpr std::chrono::milliseconds a_while{100};
  static constexpr std::chrono::milliseconds shortest{10};
  static constexpr std::chrono::milliseconds longest{2000};
  /// Of the deaths at once, so many have no consequence.
  static constexpr uint32_t forgiven = 2;

  /// The pause before the next one, after one that had `lived` so long since it took over.
  [[nodiscard]] std::chrono::milliseconds after(std::chrono::nanoseconds lived) {
    if (lived >= a_while) {
      at_once_ = 0;
      return std::chrono::milliseconds{0};
    }
    ++at_once_;
    if (at_once_ <= forgiven) return std::chrono::milliseconds{0};
    const uint32_t doublings = std::min(at_once_ - forgiven - 1, 10U);
    return std::min(shortest * (1U << doublings), longest);
  }
  /// Deaths at once, one after the other, so far.
  [[nodiscard]] uint32_t at_once() const { return at_once_; }

 private:
  uint32_t at_once_ = 0;
};

}  // namespace bulkhead::confine
