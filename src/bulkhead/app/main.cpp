#include <csignal>
#include <cstdio>
#include <exception>
#include <iterator>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bulkhead/app/command.hpp"
#include "bulkhead/confine/compartment/process.hpp"
#include "bulkhead/confine/compartment/worker.hpp"

namespace bulkhead::app {

// A disk quota or a reader that has gone is an error of the write that meets it, with a message and
// with sockets removed.
static void take_failed_writes_as_errors() {
  for (const int signal : {SIGPIPE, SIGXFSZ}) static_cast<void>(std::signal(signal, SIG_IGN));
}

/// Output that could not be written, now or before, is a failure of the run.
static int flush_output(int exit_code) {
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (written || exit_code != exit_success) return exit_code;
  return report({ErrorCode::io, "standard output could not be written",
                 "is the disk full, or has its reader gone?"});
}

/// One line, as any other error; help and version go to stdout.
static int explain_usage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success))
    return flush_output(app.exit(error));
  const auto unknown = app.remaining(true);
  const bool lacks_something =
      error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError);
  const std::string what = lacks_something && !unknown.empty()
                               ? fmt::format("there is no '{}' here", unknown.front())
                               : error.what();
  fmt::print(stderr, "bulkhead: {} (--help explains commands and options)\n", what);
  return exit_usage;
}

/// Whichever command it is given with.
static void answer_version(CLI::App& command) {
  command.set_version_flag("--version", "bulkhead " BULKHEAD_VERSION);
  for (CLI::App* part : command.get_subcommands({})) answer_version(*part);
}

static int run(int argc, char** argv) {
  CLI::App app{"Drives PCIe devices from user space, and models them where there are none."};
  app.name("bulkhead");
  app.require_subcommand(1);
  app.footer(
      "`bulkhead COMMAND --help` explains a command. Exit codes: 0 success, 1 failure, 2 usage.");
  take_failed_writes_as_errors();
  int exit_code = exit_success;
  add_list(app, exit_code);
  add_doctor(app, exit_code);
  add_bind(app, exit_code);
  add_unbind(app, exit_code);
  add_forward(app, exit_code);
  add_exchange(app, exit_code);
  add_run(app, exit_code);
  add_model(app, exit_code);
  answer_version(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return explain_usage(app, error);
  }
  return flush_output(exit_code);
}

}  // namespace bulkhead::app

int main(int argc, char** argv) {
  try {
    // First of all: a worker has nothing of a command line.
    if (argc == 2 && *std::next(argv) == bulkhead::app::worker_command)
      bulkhead::confine::run_worker(bulkhead::confine::Process::channel_number);
    return bulkhead::app::run(argc, argv);
  } catch (const std::exception& error) {
    // It may be stderr that failed: fputs() says nothing then, where fmt::print() would throw.
    std::fputs(fmt::format("bulkhead: {}\n", error.what()).c_str(), stderr);
    return bulkhead::app::exit_failure;
  }
}
