// `bulkhead_hostile run ...`: the shipped broker, whose workers are this program and attack
// it as the file "stage" in the working folder says. `bulkhead_hostile attempts`: what they can
// try.
#include <exception>
#include <iterator>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bulkhead/app/command.hpp"
#include "bulkhead/confine/compartment/process.hpp"

#include "tests/hostile/attempt.hpp"
#include "tests/hostile/worker.hpp"

namespace bulkhead::hostile {
namespace {

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::unconfined:
      return "unconfined";
    case Phase::unfiltered:
      return "unfiltered";
    case Phase::waiting:
      return "waiting";
    case Phase::working:
      break;
  }
  return "working";
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::killed:
      return "killed";
    case Outcome::replaced:
      return "replaced";
    case Outcome::fails:
      return "fails";
    case Outcome::harmless:
      return "harmless";
    case Outcome::device:
      return "device";
    case Outcome::asleep:
      return "asleep";
    case Outcome::idle:
      break;
  }
  return "idle";
}

void print_attempts() {
  auto list = nlohmann::json::array();
  for (const auto& attempt : all_attempts()) {
    auto layers = nlohmann::json::array();
    for (const auto layer : attempt.layers) layers.push_back(confine::to_string(layer));
    list.push_back({{"name", attempt.name},
                    {"what", attempt.what},
                    {"contained", attempt.contained},
                    {"work", attempt.work == Work::netdev ? "netdev" : "forward"},
                    {"phase", name_of(attempt.phase)},
                    {"outcome", name_of(attempt.outcome)},
                    {"sign", attempt.sign},
                    {"layers", layers},
                    {"looked_after", static_cast<bool>(attempt.left_nothing)}});
  }
  fmt::print("{}\n", list.dump(1));
}

int run(int argc, char** argv) {
  CLI::App app{"A broker with hostile workers."};
  int exit_code = app::exit_success;
  app.require_subcommand(1);
  app.add_subcommand("attempts", "Print as JSON what the workers can try")
      ->callback(print_attempts);
  app::add_run(app, exit_code);
  CLI11_PARSE(app, argc, argv);
  return exit_code;
}

}  // namespace

std::vector<Attempt> all_attempts() {
  std::vector<Attempt> all;
  for (auto* const some :
       {dma_attempts, register_attempts, channel_attempts, word_attempts, kernel_attempts,
        entrance_attempts, unfiltered_attempts, memory_attempts, interface_attempts})
    for (auto& attempt : some()) all.push_back(std::move(attempt));
  return all;
}

}  // namespace bulkhead::hostile

int main(int argc, char** argv) {
  try {
    if (argc == 2 && std::string_view{*std::next(argv)} == bulkhead::app::worker_command)
      return bulkhead::hostile::run_worker(bulkhead::confine::Process::channel_number);
    return bulkhead::hostile::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bulkhead_hostile: {}\n", error.what());
    return bulkhead::app::exit_failure;
  }
}
