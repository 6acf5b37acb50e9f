// Ticks of the time stamp counter a frame: the slope between a short burst and a longer one, so
// that what is paid once a burst (reading the counter, finding the ring empty) drops out.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include <fmt/format.h>

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

/// `arrive(n)` makes n frames ready, `step()` handles some and returns how many, `leave()` says
/// that all have been sent. Nothing if a step found none of the frames.
template <class Arrive, class Step, class Leave>
std::optional<uint64_t> time_burst(uint32_t frames, Arrive& arrive, Step& step, Leave& leave) {
  arrive(frames);
  uint32_t left = frames;
  const uint64_t start = ticks();
  while (left != 0) {
    const uint32_t handled = step();
    if (handled == 0) return std::nullopt;
    left -= std::min(handled, left);
  }
  const uint64_t time = ticks() - start;
  leave();
  return time;
}

inline double median(std::vector<uint64_t>& times) {
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  return static_cast<double>(*middle);
}

/// Prints a line of JSON. Nothing else runs between two bursts, so that the frames' and rings'
/// lines are in this core's caches.
template <class Arrive, class Step, class Leave>
bool print_ticks(uint32_t batch, uint32_t rounds, Arrive arrive, Step step, Leave leave) {
  const auto [few, many] = bursts_for(batch);
  std::vector<uint64_t> short_times;
  std::vector<uint64_t> long_times;
  short_times.reserve(rounds);
  long_times.reserve(rounds);
  const auto began = std::chrono::steady_clock::now();
  const uint64_t first = ticks();
  for (uint32_t i = 0; i < rounds; ++i) {
    const auto short_time = time_burst(few, arrive, step, leave);
    const auto long_time = time_burst(many, arrive, step, leave);
    if (!short_time || !long_time) return false;
    short_times.push_back(*short_time);
    long_times.push_back(*long_time);
  }
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
  const double rate = static_cast<double>(ticks() - first) / passed.count();
  fmt::print(R"({{"batch":{},"ticks_per_frame":{:.3f},"ticks_per_second":{:.0f}}})"
             "\n",
             batch, (median(long_times) - median(short_times)) / (many - few), rate);
  return true;
}

}  // namespace bulkhead::bench
