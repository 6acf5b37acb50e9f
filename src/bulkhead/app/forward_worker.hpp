// The thread that forwards, and what it tells the thread that watches it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "bulkhead/confine/sandbox.hpp"
#include "bulkhead/net/waiter.hpp"
#include "bulkhead/net/way.hpp"

namespace bulkhead::app {

/// Written by the worker once a batch, read by anyone.
class Progress {
 public:
  /// The worker's: a step in a direction, which took `ticks`.
  void add(size_t direction, net::Forwarder::Step step, uint64_t ticks) {
    bump(frames_[direction], step.sent);
    bump(batches_, step.received > 0 ? 1 : 0);
    bump(busy_ticks_, ticks);
  }
  struct Totals {
    std::array<uint64_t, 2> frames{};
    uint64_t batches = 0;
    uint64_t busy_ticks = 0;
  };
  /// Instead of add(), for work that is counted elsewhere: how it stands now.
  void set(const Totals& totals) {
    for (size_t i = 0; i < frames_.size(); ++i)
      frames_[i].store(totals.frames[i], std::memory_order_relaxed);
    batches_.store(totals.batches, std::memory_order_relaxed);
    busy_ticks_.store(totals.busy_ticks, std::memory_order_relaxed);
  }
  void set_stopped(size_t direction, net::Forwarder::Stopped stopped) {
    if (stopped.rx) rx_stopped_[direction].store(true, std::memory_order_relaxed);
    if (stopped.tx) tx_stopped_[direction].store(true, std::memory_order_relaxed);
  }
  /// Direction 0 is from A to B, 1 from B to A.
  [[nodiscard]] uint64_t frames(size_t direction) const {
    return frames_[direction].load(std::memory_order_relaxed);
  }
  [[nodiscard]] uint64_t total() const { return frames(0) + frames(1); }
  [[nodiscard]] uint64_t batches() const { return batches_.load(std::memory_order_relaxed); }
  /// A device broke the rules of a direction's queues: nothing passes any more.
  [[nodiscard]] net::Forwarder::Stopped stopped(size_t direction) const {
    return {.rx = rx_stopped_[direction].load(std::memory_order_relaxed),
            .tx = tx_stopped_[direction].load(std::memory_order_relaxed)};
  }
  /// Ticks of the time stamp counter in steps that received or sent frames.
  [[nodiscard]] uint64_t busy_ticks() const { return busy_ticks_.load(std::memory_order_relaxed); }

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

struct Direction {
  std::unique_ptr<net::Way> way;
  size_t number;  ///< 0: from A to B, 1: from B to A
};
using Directions = std::vector<Direction>;

/// What the worker does when there has been nothing to do for a while.
enum class Idle : uint8_t {
  sleep,  ///< until frames arrive
  spin,   ///< looks on: it then needs no system call at all
};

/// Runs ways, one after the other around, until told to stop or until `limit` frames have
/// passed (0: no limit), in a thread that may do nothing else if there is a sandbox.
class ForwardWorker {
 public:
  struct Options {
    uint64_t limit;
    Idle idle;
    confine::SystemCalls calls;  ///< that the sandbox leaves to the thread
  };

  ForwardWorker(Directions directions, Options options, Progress& progress, net::Waiter arrivals,
                confine::Confinement* sandbox)
      : directions_(std::move(directions)),
        arrivals_(std::move(arrivals)),
        options_(options),
        progress_(progress),
        sandbox_(sandbox),
        thread_([this] { run(); }) {}
  ForwardWorker(const ForwardWorker&) = delete;
  ForwardWorker& operator=(const ForwardWorker&) = delete;
  ForwardWorker(ForwardWorker&&) = delete;
  ForwardWorker& operator=(ForwardWorker&&) = delete;
  /// Ends the process if the thread does not let go: nothing may be destroyed under it.
  ~ForwardWorker();

  /// Lets what was received still be sent, for at most a second; returns when the thread has let go
  /// of the queues. False if it hangs in a call to the kernel, as a hostile other side of an
  /// eventfd can make it: then the process can only end, without destroying what the thread uses.
  [[nodiscard]] bool stop();
  /// The limit is reached, and the thread has sent all that it had; or it has failed.
  [[nodiscard]] bool finished() const { return finished_.load(std::memory_order_acquire); }
  /// Once finished: what kept the thread from doing its work, if anything.
  [[nodiscard]] Result<> outcome() const { return outcome_; }
  /// Once stopped.
  [[nodiscard]] const Directions& directions() const [[clang::lifetimebound]] {
    return directions_;
  }

 private:
  void run();
  void forward();
  bool step_all();
  void sleep();
  void flush();

  Directions directions_;
  net::Waiter arrivals_;  ///< at all directions' rx queues
  Options options_;
  Progress& progress_;
  confine::Confinement* sandbox_;
  Result<> outcome_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> give_up_{false};
  std::atomic<bool> finished_{false};
  std::thread thread_;
};

}  // namespace bulkhead::app
