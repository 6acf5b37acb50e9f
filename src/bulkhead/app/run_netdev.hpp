// `bulkhead run netdev`.
#pragma once

#include <CLI/CLI.hpp>

namespace bulkhead::app {

/// To `run`.
void add_run_netdev(CLI::App& run, int& exit_code);

}  // namespace bulkhead::app
