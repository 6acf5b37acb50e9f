// What every kind of compartment can be asked for.
#pragma once

#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

#include "bulkhead/app/lines.hpp"
#include "bulkhead/confine/compartment/job.hpp"
#include "bulkhead/confine/compartment/supervisor.hpp"

namespace bulkhead::app {

struct CompartmentOptions {
  uint32_t hang_limit = 200;
  bool no_sandbox = false;
  std::string required;
  uint32_t workers = 1;
};

/// --hang-limit, --require and --no-sandbox.
void add_compartment_options(CLI::App& command, CompartmentOptions& options);
/// --workers, for one whose ports can have several queue pairs.
void add_workers_option(CLI::App& command, CompartmentOptions& options);
void warn_of_no_sandbox(const CompartmentOptions& options);
/// Those of a job whose work is done `batch` frames at a time. Errors: `invalid_argument` for a
/// name of no layer.
Result<confine::JobOptions> job_options(const CompartmentOptions& options, uint32_t batch);
/// `lines` tells of deaths, and outlives the supervisor.
confine::Supervisor::Options supervision(const CompartmentOptions& options, Lines& lines);

}  // namespace bulkhead::app
