#include <cstdio>
#include <exception>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bulkhead/app/command.hpp"

namespace bulkhead::app {

int report(const Error& error) {
  fmt::print(stderr, "bulkhead: {}\n", error.message());
  return error.code == ErrorCode::invalid_argument ? exit_usage : exit_failure;
}

static int run(int argc, char** argv) {
  CLI::App app{"Drives PCIe devices from user space, and models them where there are none."};
  app.name("bulkhead");
  app.set_version_flag("--version", "bulkhead " BULKHEAD_VERSION);
  app.require_subcommand(1);
  app.footer(
      "`bulkhead COMMAND --help` explains a command. Exit codes: 0 success, 1 failure, 2 usage.");
  int exit_code = exit_success;
  add_list(app, exit_code);
  add_forward(app, exit_code);
  add_model(app, exit_code);
  for (CLI::App* command : app.get_subcommands({}))
    command->set_version_flag("--version", "bulkhead " BULKHEAD_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_success : exit_usage;
  }
  return exit_code;
}

}  // namespace bulkhead::app

int main(int argc, char** argv) {
  try {
    return bulkhead::app::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bulkhead: {}\n", error.what());
    return bulkhead::app::exit_failure;
  }
}
