// `bulkhead bind` and `bulkhead unbind`: which PCI functions the kernel drives, and which a
// process.
#include "bulkhead/bus/bind/bind.hpp"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkhead/app/command.hpp"
#include "bulkhead/bus/group.hpp"

namespace bulkhead::app {
namespace {

struct BindOptions {
  std::vector<std::string> addresses;
  std::string user;
  bool force = false;
  bool dry_run = false;
};

/// Carries something out by way of `Changes`: for real, or as a script to be printed.
template <class Action>
Result<> carry_out(const bus::Machine& machine, bool dry_run, Action action) {
  if (!dry_run) {
    BULKHEAD_TRY(bus::require_root(machine));
    bus::RealChanges changes{machine};
    return action(changes);
  }
  bus::Script script;
  BULKHEAD_TRY(action(script));
  for (const auto& line : script.lines()) fmt::print("{}\n", line);
  return {};
}

/// What taking the functions away loses is a reason not to, or a warning.
Result<> check_uses(const std::vector<bus::PciFunction>& functions, bool force) {
  for (const auto& function : functions) {
    if (bus::is_vfio_driver(function.driver)) continue;
    if (!force) BULKHEAD_TRY(bus::check_free(function));
    for (const auto& use : function.uses)
      if (!use.loss.empty())
        fmt::print(stderr, "{}: {}: you lose {}\n", function.address, use.what, use.loss);
  }
  return {};
}

void tell_bound(const bus::Machine& machine, const bus::PciFunction& before,
                const BindOptions& options) {
  const auto node = bus::device_node(machine, before.address);
  fmt::print("{}: vfio-pci (before: {}), {}{}, for {}\n", before.address,
             before.driver.empty() ? "no driver" : before.driver,
             bus::group_node(before.iommu_group), node ? " and " + *node : "",
             options.user.empty() ? "root alone (--user NAME gives it away)" : options.user);
}

Result<> bind(const BindOptions& options) {
  const auto machine = bus::this_machine();
  BULKHEAD_TRY_ASSIGN(const auto functions, bus::find_functions(machine, options.addresses));
  bus::Owner owner = bus::root_user;
  if (!options.user.empty()) {
    BULKHEAD_TRY_ASSIGN(owner, bus::find_user(options.user));
  }
  BULKHEAD_TRY(bus::check_possible(machine, functions));
  BULKHEAD_TRY(check_uses(functions, options.force));
  for (const auto& function : functions)
    if (function.sleeps())
      fmt::print(stderr, "{}: sleeps ({}), and is woken\n", function.address, function.power_state);
  BULKHEAD_TRY(carry_out(machine, options.dry_run, [&](bus::Changes& changes) {
    return bus::bind_to_vfio(machine, changes, functions, owner);
  }));
  if (!options.dry_run)
    for (const auto& function : functions) tell_bound(machine, function, options);
  return {};
}

Result<> unbind(const BindOptions& options) {
  const auto machine = bus::this_machine();
  BULKHEAD_TRY_ASSIGN(const auto functions, bus::find_functions(machine, options.addresses));
  for (const auto& function : functions) {
    BULKHEAD_TRY(carry_out(machine, options.dry_run, [&](bus::Changes& changes) {
      return bus::unbind_from_vfio(machine, changes, function);
    }));
    if (options.dry_run) continue;
    BULKHEAD_TRY_ASSIGN(const auto after, bus::find_function(machine, function.address));
    fmt::print("{}: {}\n", after.address, after.driver.empty() ? "no driver" : after.driver);
  }
  return {};
}

template <class Action>
void run(CLI::App& command, const std::shared_ptr<BindOptions>& options, int& exit_code,
         Action action) {
  command.add_option("BDF", options->addresses, "PCI addresses: 0000:03:00.0 or 03:00.0")
      ->required();
  command.add_flag("--dry-run", options->dry_run, "Change nothing, print the steps as a script");
  command.callback([options, &exit_code, action] {
    const auto result = action(*options);
    exit_code = result ? exit_success : report(result.error());
  });
}

}  // namespace

void add_bind(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<BindOptions>();
  auto* command = app.add_subcommand(
      "bind", "Take PCI functions from the kernel's drivers, for a process to have");
  command->add_option("--user", options->user, "Who may open them: a user's name");
  command->add_flag("--force", options->force, "Take them even if they are in use, and say so");
  command->footer("Functions of one IOMMU group are bound together.");
  run(*command, options, exit_code, bind);
}

void add_unbind(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("unbind", "Give PCI functions back to the drivers they had");
  run(*command, std::make_shared<BindOptions>(), exit_code, unbind);
}

}  // namespace bulkhead::app
