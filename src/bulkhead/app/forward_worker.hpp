// A thread that forwards.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "bulkhead/app/progress.hpp"
#include "bulkhead/confine/sandbox.hpp"
#include "bulkhead/net/waiter.hpp"
#include "bulkhead/net/way.hpp"

namespace bulkhead::app {

struct Direction {
  std::unique_ptr<net::Way> way;
  size_t number;  ///< 0: from A to B, 1: from B to A
};
using Directions = std::vector<Direction>;

/// A thread's part of the work.
struct Share {
  Directions directions;
  net::Waiter arrivals;  ///< at all directions' rx queues
};

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
    uint64_t limit;  ///< what all workers together reach
    Idle idle;
    confine::SystemCalls calls;  ///< that the sandbox leaves to the thread
  };

  /// `all` has the progress of each worker, and at `own` that of this one. It outlives the worker.
  ForwardWorker(Share share, Options options, std::vector<Progress>& all, size_t own,
                confine::Confinement* sandbox)
      : share_(std::move(share)),
        options_(options),
        all_(all),
        progress_(all.at(own)),
        sandbox_(sandbox),
        thread_([this] { run(); }) {}
  ForwardWorker(const ForwardWorker&) = delete;
  ForwardWorker& operator=(const ForwardWorker&) = delete;
  ForwardWorker(ForwardWorker&&) = delete;
  ForwardWorker& operator=(ForwardWorker&&) = delete;
  /// Ends the process if the thread does not let go: nothing may be destroyed under it.
  ~ForwardWorker();

  /// Lets what was received still be sent, for at most a second; returns when the threads have let
  /// go of the queues. False if one hangs in a call to the kernel, as a hostile other side of an
  /// eventfd can make it: then the process can only end, without destroying what the thread uses.
  [[nodiscard]] static bool stop(std::span<ForwardWorker* const> workers);
  /// The limit is reached, and the thread has sent all that it had; or it has failed.
  [[nodiscard]] bool finished() const { return finished_.load(std::memory_order_acquire); }
  /// Once finished: what kept the thread from doing its work, if anything.
  [[nodiscard]] Result<> outcome() const { return outcome_; }
  /// Once stopped.
  [[nodiscard]] const Directions& directions() const [[clang::lifetimebound]] {
    return share_.directions;
  }

 private:
  void ask_to_stop();
  void let_go();
  void run();
  void forward();
  [[nodiscard]] bool limit_reached() const;
  bool step_all();
  void sleep();
  void flush();

  Share share_;
  Options options_;
  const std::vector<Progress>& all_;
  Progress& progress_;
  confine::Confinement* sandbox_;
  Result<> outcome_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> give_up_{false};
  std::atomic<bool> finished_{false};
  std::thread thread_;
};

}  // namespace bulkhead::app
