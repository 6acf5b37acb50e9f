// What `bulkhead forward` says while it runs and when it ends.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bulkhead/app/port_report.hpp"
#include "bulkhead/app/progress.hpp"
#include "bulkhead/net/port.hpp"

namespace bulkhead::app {

/// Once a second a line on stderr: redrawn on a terminal, appended otherwise.
class LiveStatistics {
 public:
  /// What writes to stderr.
  using Say = std::function<void(std::string)>;
  static void say_at_once(const std::string& text);

  /// Quiet: nothing is printed.
  explicit LiveStatistics(bool quiet, Say say = say_at_once);
  ~LiveStatistics();
  LiveStatistics(const LiveStatistics&) = delete;
  LiveStatistics& operator=(const LiveStatistics&) = delete;
  LiveStatistics(LiveStatistics&&) = delete;
  LiveStatistics& operator=(LiveStatistics&&) = delete;

  /// Prints a line if a second has passed since the last one; true if it has passed.
  bool update(const Passed& now);

 private:
  using Clock = std::chrono::steady_clock;
  void print_line(const Passed& now, Clock::time_point time, std::chrono::duration<double> since);

  bool quiet_;
  Say say_;
  bool terminal_;
  bool line_open_ = false;
  Clock::time_point start_;
  Clock::time_point last_;
  Passed before_;  ///< at that time
};

struct Totals {
  std::chrono::duration<double> time;
  Passed passed;
  std::vector<uint64_t> frames_by_thread;  ///< empty: they are not told apart
  std::array<PortTotals, 2> ports;
  std::optional<Lives> lives;
};

/// On stdout, for a person or as one JSON object.
void print_totals(const Totals& totals, bool json);

}  // namespace bulkhead::app
