#include "bulkhead/app/forward_report.hpp"

#include <cstdio>

#include <fmt/format.h>
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

LiveStatistics::LiveStatistics(const Progress& progress, bool quiet, Say say)
    : progress_(progress),
      quiet_(quiet),
      say_(std::move(say)),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      last_(start_) {}

LiveStatistics::~LiveStatistics() {
  if (line_open_) say_("\n");
}

bool LiveStatistics::update() {
  const auto now = Clock::now();
  const std::chrono::duration<double> passed = now - last_;
  if (passed < std::chrono::seconds{1}) return false;
  if (!quiet_) print_line(now, passed);
  last_ = now;
  return true;
}

void LiveStatistics::print_line(Clock::time_point now, std::chrono::duration<double> passed) {
  const std::array<uint64_t, 2> frames{progress_.frames(0), progress_.frames(1)};
  const uint64_t batches = progress_.batches();
  const uint64_t busy_ticks = progress_.busy_ticks();
  const uint64_t moved = frames[0] + frames[1] - frames_[0] - frames_[1];
  const auto rate = [&](size_t direction) {
    return frames_per_second(static_cast<double>(frames[direction] - frames_[direction]) /
                             passed.count());
  };
  // At most 79 columns: a line that wraps is not drawn again in place.
  say_(fmt::format("{}{:4} s  A to B {}  B to A {}  {:5.1f} a batch  {:5.0f} ticks each{}",
                   terminal_ ? "\r" : "",
                   std::chrono::duration_cast<std::chrono::seconds>(now - start_).count(), rate(0),
                   rate(1), ratio(moved, batches - batches_),
                   ratio(busy_ticks - busy_ticks_, moved), terminal_ ? "" : "\n"));
  line_open_ = terminal_;
  frames_ = frames;
  batches_ = batches;
  busy_ticks_ = busy_ticks;
}

void print_totals(const Totals& totals, const Progress& progress, bool json) {
  const double seconds = totals.time.count();
  const double rate = static_cast<double>(progress.total()) / seconds;
  const double ticks = ratio(progress.busy_ticks(), progress.total());
  const double batch = ratio(progress.total(), progress.batches());
  if (json) {
    nlohmann::json object{{"seconds", seconds},
                          {"forwarded", progress.total()},
                          {"forwarded_a_to_b", progress.frames(0)},
                          {"forwarded_b_to_a", progress.frames(1)},
                          {"packets_per_second", rate},
                          {"ticks_per_packet", ticks},
                          {"packets_per_batch", batch},
                          {"ports", {to_json(totals.ports[0]), to_json(totals.ports[1])}}};
    if (totals.lives) {
      object["deaths"] = totals.lives->deaths;
      object["hangs"] = totals.lives->hangs;
    }
    fmt::print("{}\n", object.dump(2));
    return;
  }
  fmt::print("forwarded {} frames in {:.2f} s: {} ({} from A to B, {} from B to A)\n",
             progress.total(), seconds, frames_per_second(rate), progress.frames(0),
             progress.frames(1));
  fmt::print("{:.1f} frames a batch, {:.1f} ticks a frame while busy\n", batch, ticks);
  if (totals.lives) print_lives(*totals.lives);
  for (const auto& port : totals.ports) print_port(port);
}

}  // namespace bulkhead::app
