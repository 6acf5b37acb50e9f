#include "bulkhead/app/forward_report.hpp"

#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace bulkhead::app {
namespace {

double ratio(uint64_t a, uint64_t b) {
  return b == 0 ? 0.0 : static_cast<double>(a) / static_cast<double>(b);
}

std::string frames_per_second(double rate) {
  if (rate >= 1e6) return fmt::format("{:6.2f} Mpps", rate / 1e6);
  if (rate >= 1e3) return fmt::format("{:6.2f} kpps", rate / 1e3);
  return fmt::format("{:6.0f} pps ", rate);
}

}  // namespace

void LiveStatistics::say_at_once(const std::string& text) {
  fmt::print(stderr, "{}", text);
}

LiveStatistics::LiveStatistics(bool quiet, Say say)
    : quiet_(quiet),
      say_(std::move(say)),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      last_(start_) {}

LiveStatistics::~LiveStatistics() {
  if (line_open_) say_("\n");
}

bool LiveStatistics::update(const Passed& now) {
  const auto time = Clock::now();
  const std::chrono::duration<double> since = time - last_;
  if (since < std::chrono::seconds{1}) return false;
  if (!quiet_) print_line(now, time, since);
  last_ = time;
  before_ = now;
  return true;
}

void LiveStatistics::print_line(const Passed& now, Clock::time_point time,
                                std::chrono::duration<double> since) {
  const uint64_t moved = now.total() - before_.total();
  const auto rate = [&](size_t direction) {
    const uint64_t frames = now.frames.at(direction) - before_.frames.at(direction);
    return frames_per_second(static_cast<double>(frames) / since.count());
  };
  // At most 79 columns: a line that wraps is not drawn again in place.
  say_(fmt::format("{}{:4} s  A to B {}  B to A {}  {:5.1f} a batch  {:5.0f} ticks each{}",
                   terminal_ ? "\r" : "",
                   std::chrono::duration_cast<std::chrono::seconds>(time - start_).count(), rate(0),
                   rate(1), ratio(moved, now.batches - before_.batches),
                   ratio(now.busy_ticks - before_.busy_ticks, moved), terminal_ ? "" : "\n"));
  line_open_ = terminal_;
}

void print_totals(const Totals& totals, bool json) {
  const Passed& passed = totals.passed;
  const double seconds = totals.time.count();
  const double rate = static_cast<double>(passed.total()) / seconds;
  const double ticks = ratio(passed.busy_ticks, passed.total());
  const double batch = ratio(passed.total(), passed.batches);
  if (json) {
    nlohmann::json object{{"seconds", seconds},
                          {"forwarded", passed.total()},
                          {"forwarded_a_to_b", passed.frames[0]},
                          {"forwarded_b_to_a", passed.frames[1]},
                          {"packets_per_second", rate},
                          {"ticks_per_packet", ticks},
                          {"packets_per_batch", batch},
                          {"ports", {to_json(totals.ports[0]), to_json(totals.ports[1])}}};
    if (!totals.frames_by_thread.empty()) object["forwarded_by_thread"] = totals.frames_by_thread;
    if (totals.lives) {
      object["deaths"] = totals.lives->deaths;
      object["hangs"] = totals.lives->hangs;
    }
    fmt::print("{}\n", object.dump(2));
    return;
  }
  fmt::print("forwarded {} frames in {:.2f} s: {} ({} from A to B, {} from B to A)\n",
             passed.total(), seconds, frames_per_second(rate), passed.frames[0], passed.frames[1]);
  fmt::print("{:.1f} frames a batch, {:.1f} ticks a frame while busy\n", batch, ticks);
  if (totals.frames_by_thread.size() > 1)
    fmt::print("by thread: {}\n", fmt::join(totals.frames_by_thread, ", "));
  if (totals.lives) print_lives(*totals.lives);
  for (const auto& port : totals.ports) print_port(port);
}

}  // namespace bulkhead::app
