// Ticks of the time stamp counter a frame: the slope between a short burst and a longer one, so
// that what is paid once a burst drops out: reading the counter, and the relay's write to its
// input's tail, as its outputs report between bursts only. The queues' tails are paid by rows and
// by steps, and are counted.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/ticks.hpp"

namespace bulkhead::bench {

/// Both are whole numbers of batches, but for a short one of less than a batch of 256; the long one
/// fits a ring of 512.
struct Bursts {
  uint32_t few;
  uint32_t many;
};
constexpr Bursts bursts_for(uint32_t batch) {
  const uint32_t difference = (63 + batch) / batch * batch;
  const uint32_t few = std::min(difference, 192U);
  return {.few = few, .many = few + difference};
}

/// What a loop does with a burst: `arrive(n)` makes n frames ready, `step()` handles some and
/// returns how many, `leave()` says that all have been sent.
template <class Arrive, class Step, class Leave>
struct BurstDriver {
  Arrive arrive;
  Step step;
  Leave leave;
};

/// By `clock`. Errors: `io` if a step finds none of the frames that are left.
template <class Driver, class Clock>
Result<uint64_t> time_burst(uint32_t frames, Driver& driver, Clock& clock) {
  driver.arrive(frames);
  uint32_t left = frames;
  const uint64_t start = clock();
  while (left != 0) {
    const uint32_t handled = driver.step();
    if (handled == 0)
      return fail(ErrorCode::io, fmt::format("a burst of {} frames: a step found none of the {} "
                                             "that were left",
                                             frames, left));
    left -= std::min(handled, left);
  }
  const uint64_t time = clock() - start;
  driver.leave();
  return time;
}

/// A burst takes back the buffers of the one before it: the one that is timed follows one of its
/// own length, so that it takes back as many as it sends.
template <class Driver, class Clock>
Result<uint64_t> time_second_burst(uint32_t frames, Driver& driver, Clock& clock) {
  BULKHEAD_TRY(time_burst(frames, driver, clock));
  return time_burst(frames, driver, clock);
}

/// The mean of those that took at most half as long again as the median: what interrupted a longer
/// one is not the loop's. The median itself would be too coarse where the counter advances by many
/// ticks at once: a burst has the same two or three times again and again, and their shares tell
/// where between them it lies.
inline double usual(std::vector<uint64_t>& times) {
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  const uint64_t most = *middle + *middle / 2;
  double sum = 0;
  double count = 0;
  for (const uint64_t time : times) {
    if (time > most) continue;
    sum += static_cast<double>(time);
    ++count;
  }
  return sum / count;
}

/// The slope. Nothing else runs between two bursts, so that the frames' and rings' lines are in
/// this core's caches. Errors: `io` for a burst that ended early.
template <class Driver, class Clock>
Result<double> ticks_per_frame(Bursts bursts, uint32_t rounds, Driver& driver, Clock clock) {
  std::vector<uint64_t> short_times;
  std::vector<uint64_t> long_times;
  short_times.reserve(rounds);
  long_times.reserve(rounds);
  for (uint32_t i = 0; i < rounds; ++i) {
    BULKHEAD_TRY_ASSIGN(const uint64_t short_time, time_second_burst(bursts.few, driver, clock));
    BULKHEAD_TRY_ASSIGN(const uint64_t long_time, time_second_burst(bursts.many, driver, clock));
    short_times.push_back(short_time);
    long_times.push_back(long_time);
  }
  return (usual(long_times) - usual(short_times)) / (bursts.many - bursts.few);
}

/// Prints a line of JSON, with the times on the monotonic clock from when to when it measured.
/// Errors: `io` for a burst that ended early.
template <class Driver>
Result<> print_ticks(uint32_t batch, uint32_t rounds, Driver driver) {
  const auto now = [] {
    return std::chrono::nanoseconds{std::chrono::steady_clock::now().time_since_epoch()}.count();
  };
  const auto began = now();
  const uint64_t first = ticks();
  auto each = ticks_per_frame(bursts_for(batch), rounds, driver, ticks);
  if (!each) return std::unexpected(std::move(each.error()).within(fmt::format("batch {}", batch)));
  const auto ended = now();
  const double rate =
      static_cast<double>(ticks() - first) / static_cast<double>(ended - began) * 1e9;
  fmt::print(R"({{"batch":{},"ticks_per_frame":{:.3f},"ticks_per_second":{:.0f},)"
             R"("began_ns":{},"ended_ns":{}}})"
             "\n",
             batch, *each, rate, began, ended);
  return {};
}

}  // namespace bulkhead::bench
