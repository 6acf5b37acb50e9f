#include "bulkhead/app/forward_worker.hpp"

#include <algorithm>
#include <chrono>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/base/ticks.hpp"

namespace bulkhead::app {
namespace {

// Up to a few microseconds of emptiness are normal between two bursts; a core that stays empty is
// lent to others first, and sleeps after that.
constexpr uint32_t rounds_before_yield = 2'000;
constexpr uint32_t rounds_before_sleep = 4'000;
/// A signal that never comes delays a frame by no more than this.
constexpr std::chrono::milliseconds longest_sleep{100};
/// Between two tries to send what did not fit: no event tells of room.
constexpr std::chrono::microseconds nap{50};

}  // namespace

void ForwardWorker::stop() {
  stop_.store(true, std::memory_order_relaxed);
  arrivals_.wake();
  if (thread_.joinable()) thread_.join();
}

void ForwardWorker::run() {
  uint32_t idle_rounds = 0;
  while (!stop_.load(std::memory_order_relaxed)) {
    if (step_all()) {
      idle_rounds = 0;
      if (limit_ != 0 && progress_.total() >= limit_) break;
    } else if (++idle_rounds > rounds_before_sleep) {
      sleep();
    } else if (idle_rounds > rounds_before_yield) {
      std::this_thread::yield();
    }
  }
  flush();
  finished_.store(true, std::memory_order_release);
}

bool ForwardWorker::step_all() {
  bool moved = false;
  for (const auto& direction : directions_) {
    const uint64_t before = ticks();
    const auto step = direction->forwarder.step();
    if (step.received + step.sent > 0) {
      moved = true;
      progress_.add(direction->number, step, ticks() - before);
    } else if (!direction->forwarder.empty() && direction->forwarder.stopped()) {
      progress_.stopped(direction->number);
    }
  }
  return moved;
}

void ForwardWorker::sleep() {
  const bool all_sent = std::ranges::all_of(
      directions_, [](const auto& direction) { return direction->forwarder.empty(); });
  if (all_sent) {
    arrivals_.wait(longest_sleep);
  } else {
    std::this_thread::sleep_for(nap);
  }
}

void ForwardWorker::flush() {
  const auto deadline = Deadline::after(std::chrono::seconds{1});
  for (const auto& direction : directions_) {
    auto& forwarder = direction->forwarder;
    while (!forwarder.empty() && !forwarder.stopped() && !deadline.reached()) {
      progress_.add(direction->number, {.received = 0, .sent = forwarder.flush()}, 0);
      std::this_thread::yield();
    }
  }
}

}  // namespace bulkhead::app
