// How far a thread that forwards has got, for those who watch it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "bulkhead/net/forward.hpp"

namespace bulkhead::app {

/// What has passed so far.
struct Passed {
  std::array<uint64_t, 2> frames{};  ///< from A to B, and from B to A
  uint64_t batches = 0;
  /// Ticks of the time stamp counter in steps that received or sent frames.
  uint64_t busy_ticks = 0;

  [[nodiscard]] uint64_t total() const { return frames[0] + frames[1]; }
  Passed& operator+=(const Passed& more) {
    for (size_t i = 0; i < frames.size(); ++i) frames.at(i) += more.frames.at(i);
    batches += more.batches;
    busy_ticks += more.busy_ticks;
    return *this;
  }
};

/// Written by one thread, once a batch, and read by anyone. It has a cache line to itself, so that
/// threads side by side do not take each other's away.
class alignas(64) Progress {
 public:
  /// A step in a direction, which took `ticks`.
  void add(size_t direction, net::Forwarder::Step step, uint64_t ticks) {
    bump(frames_[direction], step.sent);
    bump(batches_, step.received > 0 ? 1 : 0);
    bump(busy_ticks_, ticks);
  }
  void set_stopped(size_t direction, net::Forwarder::Stopped stopped) {
    if (stopped.rx) rx_stopped_[direction].store(true, std::memory_order_relaxed);
    if (stopped.tx) tx_stopped_[direction].store(true, std::memory_order_relaxed);
  }
  [[nodiscard]] Passed passed() const {
    return {.frames = {frames_[0].load(std::memory_order_relaxed),
                       frames_[1].load(std::memory_order_relaxed)},
            .batches = batches_.load(std::memory_order_relaxed),
            .busy_ticks = busy_ticks_.load(std::memory_order_relaxed)};
  }
  /// A device broke the rules of a direction's queues: nothing passes any more. Direction 0 is from
  /// A to B, 1 from B to A.
  [[nodiscard]] net::Forwarder::Stopped stopped(size_t direction) const {
    return {.rx = rx_stopped_[direction].load(std::memory_order_relaxed),
            .tx = tx_stopped_[direction].load(std::memory_order_relaxed)};
  }

 private:
  // One writer: a load and a store, no locked instruction.
  static void bump(std::atomic<uint64_t>& counter, uint64_t n) {
    counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::array<std::atomic<uint64_t>, 2> frames_{};
  std::array<std::atomic<bool>, 2> rx_stopped_{};
  std::array<std::atomic<bool>, 2> tx_stopped_{};
  std::atomic<uint64_t> batches_{0};
  std::atomic<uint64_t> busy_ticks_{0};
};

}  // namespace bulkhead::app
