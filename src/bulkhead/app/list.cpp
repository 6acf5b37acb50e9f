// `bulkhead list`: the PCI functions that a driver could be for.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "bulkhead/app/command.hpp"
#include "bulkhead/bus/bind/openers.hpp"
#include "bulkhead/bus/discovery.hpp"
#include "bulkhead/bus/user_space_drivers.hpp"
#include "bulkhead/net/port.hpp"

namespace bulkhead::app {
namespace {

std::string model_name(const bus::PciFunction& function) {
  return std::string{net::device_name(function.identity).value_or("")};
}

std::vector<std::string> uses_of(const bus::Machine& machine, const bus::PciFunction& function) {
  std::vector<std::string> uses;
  for (const auto& use : function.uses) uses.push_back(use.what);
  if (!bus::is_vfio_driver(function.driver)) return uses;
  for (const auto& process : bus::openers(machine, function))
    uses.push_back(fmt::format("open in process {}", process));
  return uses;
}

nlohmann::json to_json(const bus::Machine& machine, const bus::PciFunction& function) {
  return {{"address", function.address},
          {"vendor", fmt::format("{:04x}", function.identity.vendor)},
          {"device", fmt::format("{:04x}", function.identity.device)},
          {"kind", function.is_nvme() ? "nvme" : "network"},
          {"name", model_name(function)},
          {"supported", !model_name(function).empty()},
          {"driver", function.driver},
          {"iommu_group", function.iommu_group},
          {"in_use", uses_of(machine, function)}};
}

void print_line(const bus::Machine& machine, const bus::PciFunction& function) {
  const auto uses = uses_of(machine, function);
  const std::string name = model_name(function);
  fmt::print("{}  {:04x}:{:04x}  {:<7}  driver {:<10}  IOMMU group {:<4}  {}{}\n", function.address,
             function.identity.vendor, function.identity.device,
             function.is_nvme() ? "nvme" : "network",
             function.driver.empty() ? "none" : function.driver,
             function.iommu_group.empty() ? "none" : function.iommu_group,
             uses.empty() ? "free" : fmt::format("in use: {}", fmt::join(uses, ", ")),
             name.empty() ? "" : fmt::format("  ({})", name));
}

Result<> list(bool json) {
  const auto machine = bus::this_machine();
  BULKHEAD_TRY_ASSIGN(auto functions, bus::discover(machine));
  std::erase_if(functions,
                [](const auto& function) { return !function.is_network() && !function.is_nvme(); });
  if (json) {
    nlohmann::json array = nlohmann::json::array();
    for (const auto& function : functions) array.push_back(to_json(machine, function));
    fmt::print("{}\n", array.dump(2));
    return {};
  }
  if (functions.empty())
    fmt::print(stderr, "no PCI network or NVMe function here; `bulkhead model` serves one\n");
  for (const auto& function : functions) print_line(machine, function);
  return {};
}

}  // namespace

void add_list(CLI::App& app, int& exit_code) {
  auto json = std::make_shared<bool>(false);
  auto* command = app.add_subcommand(
      "list", "List PCI network and NVMe functions: driver, IOMMU group, in use or not");
  command->add_flag("--json", *json, "Print a JSON array");
  command->callback([json, &exit_code] {
    const auto result = list(*json);
    exit_code = result ? exit_success : report(result.error());
  });
}

}  // namespace bulkhead::app
