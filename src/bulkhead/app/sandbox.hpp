// The sandbox as the commands offer it: on unless it is refused, and its state for everybody to
// see.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "bulkhead/app/port_pair.hpp"
#include "bulkhead/confine/sandbox.hpp"

namespace bulkhead::app {

struct SandboxOptions {
  bool off = false;
  std::string required;
  bool show = false;
};

/// --require
CLI::Option* add_require_option(CLI::App& command, std::string& required);
/// --no-sandbox, --require and --show-confinement.
void add_sandbox_options(CLI::App& command, SandboxOptions& options);

/// What commands that work on two ports keep open: output, the ports, signals, and what wakes each
/// thread that sleeps until frames arrive.
std::vector<confine::Kept> descriptors_to_keep(PortPair& ports, const StopSignal& signal,
                                               std::span<const int> wakers);

/// Enters it with what the options ask for added to `policy`, and warns of what it lacks; none with
/// --no-sandbox, which is warned of loudly.
Result<std::optional<confine::Confinement>> enter_sandbox(const SandboxOptions& options,
                                                          confine::Policy policy);

/// With --show-confinement, on stdout: what is left of the world.
Result<> show_confinement(const confine::Confinement& confinement, bool json);

}  // namespace bulkhead::app
