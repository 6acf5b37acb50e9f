#include "bulkhead/app/forward_options.hpp"

#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "bulkhead/queue/batch.hpp"

namespace bulkhead::app {

void add_forward_options(CLI::App& command, ForwardOptions& options) {
  add_port_options(command, options.ports);
  command.add_option("--batch", options.batch, "Frames handled at a time")
      ->check(CLI::Range(1U, queue::Batch::most))
      ->capture_default_str();
  command.add_option("--seconds", options.seconds, "Stop after this time")
      ->check(check_time, "POSITIVE");
  command.add_option("--count", options.count, "Stop when at least this many frames have passed")
      ->check(CLI::PositiveNumber);
  command.add_flag("--touch", options.touch,
                   "Increment byte 1 of each frame, the workload of the published benchmarks");
  command.add_flag("--quiet", options.quiet, "No line of statistics each second");
  command.add_flag("--json", options.json, "Print the totals as JSON");
}

std::string check_time(const std::string& text) {
  const std::string_view digits{text};
  double seconds = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), seconds);
  const bool good = error == std::errc{} && end == digits.end() && seconds > 0;
  return good ? std::string{} : fmt::format("'{}' is not a time in seconds", text);
}

}  // namespace bulkhead::app
