// What `bulkhead forward` says while it runs and when it ends.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bulkhead/app/forward_worker.hpp"
#include "bulkhead/app/port_report.hpp"
#include "bulkhead/net/port.hpp"

namespace bulkhead::app {

/// Once a second a line on stderr: redrawn on a terminal, appended otherwise.
class LiveStatistics {
 public:
  /// What writes to stderr.
  using Say = std::function<void(std::string)>;
  static void say_at_once(const std::string& text);

  /// Quiet: nothing is printed.
  LiveStatistics(const Progress& progress, bool quiet, Say say = say_at_once);
  ~LiveStatistics();
  LiveStatistics(const LiveStatistics&) = delete;
  LiveStatistics& operator=(const LiveStatistics&) = delete;
  LiveStatistics(LiveStatistics&&) = delete;
  LiveStatistics& operator=(LiveStatistics&&) = delete;

  /// Prints a line if a second has passed since the last one; true if it has passed.
  bool update();

 private:
  using Clock = std::chrono::steady_clock;
  void print_line(Clock::time_point now, std::chrono::duration<double> passed);

  const Progress& progress_;
  bool quiet_;
  Say say_;
  bool terminal_;
  bool line_open_ = false;
  Clock::time_point start_;
  Clock::time_point last_;
  std::array<uint64_t, 2> frames_{};
  uint64_t batches_ = 0;
  uint64_t busy_ticks_ = 0;
};

struct Totals {
  std::chrono::duration<double> time;
  std::array<PortTotals, 2> ports;
  std::optional<Lives> lives;
};

/// On stdout, for a person or as one JSON object.
void print_totals(const Totals& totals, const Progress& progress, bool json);

}  // namespace bulkhead::app
