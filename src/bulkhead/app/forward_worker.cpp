#include "bulkhead/app/forward_worker.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>

#include <unistd.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/base/relax.hpp"
#include "bulkhead/base/ticks.hpp"

namespace bulkhead::app {
namespace {

/// Up to a few microseconds of emptiness are normal between two bursts.
constexpr uint32_t rounds_before_sleep = 2'000;
/// A signal that never comes delays a frame by no more than this.
constexpr std::chrono::milliseconds longest_sleep{100};
/// For what was received to be sent, once told to stop.
constexpr std::chrono::seconds stop_patience{1};
/// For the thread to come back from a call to the kernel.
constexpr std::chrono::seconds call_patience{8};

}  // namespace

// The threads may not even ask for the time: who stops them looks at the clock. A call of theirs
// can sleep for ever: whoever is at an eventfd's other side may clear its O_NONBLOCK, which both
// sides share.
bool ForwardWorker::stop(std::span<ForwardWorker* const> workers) {
  const auto all_finished = [&] { return std::ranges::all_of(workers, &ForwardWorker::finished); };
  for (auto* worker : workers) worker->ask_to_stop();
  if (!wait_until(all_finished, stop_patience)) {
    for (auto* worker : workers) worker->give_up_.store(true, std::memory_order_relaxed);
    if (!wait_until(all_finished, call_patience)) return false;
  }
  for (auto* worker : workers) worker->let_go();
  return true;
}

void ForwardWorker::ask_to_stop() {
  stop_.store(true, std::memory_order_relaxed);
  share_.arrivals.wake();
}

void ForwardWorker::let_go() {
  if (!thread_.joinable()) return;
  if (sandbox_ != nullptr && sandbox_->narrows_threads()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

ForwardWorker::~ForwardWorker() {
  if (thread_.joinable() && !stop(std::array{this})) ::_exit(EXIT_FAILURE);
}

void ForwardWorker::run() {
  const auto calls = options_.calls;
  const bool may_end = sandbox_ == nullptr || !sandbox_->narrows_threads();
  if (sandbox_ != nullptr) outcome_ = sandbox_->narrow_thread();
  if (outcome_) forward();
  finished_.store(true, std::memory_order_release);
  // This object is gone from here on.
  if (!may_end) confine::park(calls);
}

void ForwardWorker::forward() {
  uint32_t idle_rounds = 0;
  while (!stop_.load(std::memory_order_relaxed)) {
    if (step_all()) {
      idle_rounds = 0;
      if (limit_reached()) break;
    } else if (options_.idle == Idle::spin) {
      relax();
    } else if (++idle_rounds > rounds_before_sleep) {
      sleep();
    }
  }
  flush();
}

/// Looks at what the others write only if there is a limit.
bool ForwardWorker::limit_reached() const {
  if (options_.limit == 0) return false;
  uint64_t passed = 0;
  for (const Progress& progress : all_) passed += progress.passed().total();
  return passed >= options_.limit;
}

bool ForwardWorker::step_all() {
  bool moved = false;
  for (const auto& direction : share_.directions) {
    const uint64_t before = ticks();
    const auto step = direction.way->step();
    if (step.received + step.sent > 0) {
      moved = true;
      progress_.add(direction.number, step, ticks() - before);
    } else if (const auto stopped = direction.way->stopped(); stopped.rx || stopped.tx) {
      progress_.set_stopped(direction.number, stopped);
    }
  }
  return moved;
}

void ForwardWorker::sleep() {
  const bool all_sent = std::ranges::all_of(
      share_.directions, [](const Direction& direction) { return direction.way->empty(); });
  if (all_sent) {
    share_.arrivals.wait(longest_sleep);
  } else {
    net::Waiter::take_a_nap();  // no event tells of room
  }
}

/// In turn: a queue that is stuck keeps no other's frames.
void ForwardWorker::flush() {
  for (bool left = true; left && !give_up_.load(std::memory_order_relaxed); relax()) {
    left = false;
    for (const auto& direction : share_.directions) {
      net::Way& way = *direction.way;
      if (way.empty() || way.stopped().tx) continue;
      left = true;
      progress_.add(direction.number, {.received = 0, .sent = way.flush()}, 0);
    }
  }
}

}  // namespace bulkhead::app
