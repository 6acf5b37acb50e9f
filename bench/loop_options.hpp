// What the loops in plain memory are told on their command lines.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/mapping.hpp"

namespace bulkhead::bench {

struct LoopOptions {
  uint32_t batch = 0;
  uint32_t rounds = 0;
  uint32_t outputs = 1;
  bool ticks = false;
  PageSize pages = PageSize::small_4k;
};

inline void add_loop_options(CLI::App& app, LoopOptions& options, uint32_t largest_batch) {
  app.add_option("BATCH", options.batch, "Frames a step")
      ->check(CLI::Range(1U, largest_batch))
      ->required();
  app.add_option("ROUNDS", options.rounds, "Steps; with --ticks, bursts of either length")
      ->check(CLI::PositiveNumber)
      ->required();
  app.add_flag("--ticks", options.ticks, "Measure ticks a frame, and print them as JSON");
  const std::map<std::string, PageSize> sizes{{"4k", PageSize::small_4k},
                                              {"2m", PageSize::huge_2m}};
  app.add_option("--pages", options.pages, "Pages of the rings and frames: 4k (the default) or 2m")
      ->transform(CLI::CheckedTransformer(sizes));
}

/// The exit code if there is nothing to run.
inline std::optional<int> parse_loop_options(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return std::nullopt;
}

/// Without --ticks: prints how many frames came through. Errors: `io` if some did not.
inline Result<> print_count(uint64_t frames, const LoopOptions& options) {
  fmt::print("{}\n", frames);
  const uint64_t wanted = uint64_t{options.batch} * options.rounds;
  if (frames == wanted) return {};
  return fail(ErrorCode::io, fmt::format("{} rounds of batch {}: {} frames came through, not {}",
                                         options.rounds, options.batch, frames, wanted));
}

}  // namespace bulkhead::bench
