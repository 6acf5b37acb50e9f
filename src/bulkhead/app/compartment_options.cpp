#include "bulkhead/app/compartment_options.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace bulkhead::app {

void add_compartment_options(CLI::App& command, CompartmentOptions& options) {
  command
      .add_option("--hang-limit", options.hang_limit,
                  "Milliseconds on a processor without a heartbeat after which a worker is hung")
      ->check(CLI::Range(10U, 60'000U))
      ->capture_default_str();
  command.add_flag("--no-sandbox", options.no_sandbox, "Do not confine the worker: for debugging");
}

void warn_of_no_sandbox(const CompartmentOptions& options) {
  if (options.no_sandbox)
    fmt::print(stderr, "bulkhead: warning: --no-sandbox: the worker keeps what this user may do\n");
}

confine::Supervisor::Options supervision(const CompartmentOptions& options, Lines& lines) {
  return {
      .hang_limit = std::chrono::milliseconds{options.hang_limit},
      .log = [&lines](const std::string& line) { lines.say(fmt::format("bulkhead: {}\n", line)); }};
}

}  // namespace bulkhead::app
