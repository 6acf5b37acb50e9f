#include "bulkhead/app/sandbox.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

#include "bulkhead/confine/keep.hpp"

namespace bulkhead::app {
namespace {

std::string check_layers(const std::string& names) {
  const auto layers = confine::parse_layers(names);
  return layers ? std::string{} : layers.error().message();
}

}  // namespace

CLI::Option* add_require_option(CLI::App& command, std::string& required) {
  return command
      .add_option(
          "--require", required,
          "Fail if the sandbox lacks one of these layers: all, or names with commas between "
          "them (`bulkhead forward --show-confinement` lists them)")
      ->check(check_layers, "LAYERS");
}

void add_sandbox_options(CLI::App& command, SandboxOptions& options) {
  auto* off = command.add_flag(
      "--no-sandbox", options.off,
      "For debugging: let a driver that a device has taken over do all that this user may");
  add_require_option(command, options.required)->excludes(off);
  command
      .add_flag("--show-confinement", options.show,
                "Open the ports, enter the sandbox, print what is left to this process as it finds "
                "it, and end")
      ->excludes(off);
}

std::vector<confine::Kept> descriptors_to_keep(PortPair& ports, const StopSignal& signal,
                                               std::span<const int> wakers) {
  std::vector<confine::Kept> keep{{.fd = STDOUT_FILENO, .purpose = "standard output"},
                                  {.fd = STDERR_FILENO, .purpose = "standard error"},
                                  {.fd = signal.fd(), .purpose = "signals to stop"}};
  for (const int waker : wakers) keep.push_back({.fd = waker, .purpose = "wakes a worker"});
  for (const auto& port : ports.port)
    std::ranges::move(confine::descriptors_of(*port), std::back_inserter(keep));
  return keep;
}

Result<std::optional<confine::Confinement>> enter_sandbox(const SandboxOptions& options,
                                                          confine::Policy policy) {
  if (options.off) {
    fmt::print(stderr,
               "bulkhead: WARNING: --no-sandbox: a bug in this program, or a device that makes use "
               "of one, gets all the rights of user {}\n",
               ::getuid());
    return std::nullopt;
  }
  if (!options.required.empty()) {
    BULKHEAD_TRY_ASSIGN(policy.required, confine::parse_layers(options.required));
  }
  policy.observe = options.show;
  BULKHEAD_TRY_ASSIGN(auto confinement, confine::enter(policy));
  if (const auto lacking = confine::what_is_lacking(confinement.report()); !lacking.empty())
    fmt::print(stderr, "bulkhead: warning: the sandbox lacks: {}\n", lacking);
  return confinement;
}

Result<> show_confinement(const confine::Confinement& confinement, bool json) {
  const auto& report = confinement.report();
  fmt::print("{}\n", json ? confine::to_json(report) : confine::to_text(report));
  return {};
}

}  // namespace bulkhead::app
