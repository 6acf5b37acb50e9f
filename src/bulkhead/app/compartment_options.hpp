// What every kind of compartment can be asked for.
#pragma once

#include <cstdint>

#include <CLI/CLI.hpp>

#include "bulkhead/app/lines.hpp"
#include "bulkhead/confine/compartment/supervisor.hpp"

namespace bulkhead::app {

struct CompartmentOptions {
  uint32_t hang_limit = 200;
  bool no_sandbox = false;
};

/// --hang-limit and --no-sandbox.
void add_compartment_options(CLI::App& command, CompartmentOptions& options);
void warn_of_no_sandbox(const CompartmentOptions& options);
/// `lines` tells of deaths, and outlives the supervisor.
confine::Supervisor::Options supervision(const CompartmentOptions& options, Lines& lines);

}  // namespace bulkhead::app
