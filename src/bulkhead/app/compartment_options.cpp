#include "bulkhead/app/compartment_options.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "bulkhead/app/sandbox.hpp"
#include "bulkhead/confine/layer.hpp"

namespace bulkhead::app {

void add_compartment_options(CLI::App& command, CompartmentOptions& options) {
  command
      .add_option("--hang-limit", options.hang_limit,
                  "Milliseconds on a processor without a heartbeat after which a worker is hung")
      ->check(CLI::Range(10U, 60'000U))
      ->capture_default_str();
  auto* off = command.add_flag("--no-sandbox", options.no_sandbox,
                               "Do not confine the worker: for debugging");
  add_require_option(command, options.required)->excludes(off);
}

void add_workers_option(CLI::App& command, CompartmentOptions& options) {
  command
      .add_option("--workers", options.workers,
                  "Processes that share the queue pairs and work at the same time")
      ->check(CLI::Range(1U, 64U))
      ->capture_default_str();
}

void warn_of_no_sandbox(const CompartmentOptions& options) {
  if (options.no_sandbox)
    fmt::print(stderr, "bulkhead: warning: --no-sandbox: the worker keeps what this user may do\n");
}

Result<confine::JobOptions> job_options(const CompartmentOptions& options, uint32_t batch) {
  confine::JobOptions job{.batch = batch, .confined = options.no_sandbox ? 0U : 1U};
  if (options.required.empty()) return job;
  BULKHEAD_TRY_ASSIGN(const auto layers, confine::parse_layers(options.required));
  job.required = confine::bits_of(layers);
  return job;
}

confine::Supervisor::Options supervision(const CompartmentOptions& options, Lines& lines) {
  return {
      .hang_limit = std::chrono::milliseconds{options.hang_limit},
      .log = [&lines](const std::string& line) { lines.say(fmt::format("bulkhead: {}\n", line)); }};
}

}  // namespace bulkhead::app
