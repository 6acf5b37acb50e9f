// What the subcommands of `bulkhead` have in common.
#pragma once

#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "bulkhead/base/error.hpp"

namespace bulkhead::app {

inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;  ///< what was asked for did not work
inline constexpr int exit_usage = 2;    ///< what was asked for makes no sense

/// Says on stderr what failed and what to do; returns the exit code that goes with it.
int report(const Error& error);

/// Each adds its subcommand; `exit_code` is set when it has run.
void add_list(CLI::App& app, int& exit_code);
void add_doctor(CLI::App& app, int& exit_code);
void add_bind(CLI::App& app, int& exit_code);
void add_unbind(CLI::App& app, int& exit_code);
void add_forward(CLI::App& app, int& exit_code);
void add_exchange(CLI::App& app, int& exit_code);
void add_model(CLI::App& app, int& exit_code);
void add_run(CLI::App& app, int& exit_code);

/// The argument with which a broker starts its workers: not for people.
inline constexpr std::string_view worker_command = "compartment-worker";

}  // namespace bulkhead::app
