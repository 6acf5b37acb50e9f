#include <string>

#include <fmt/format.h>

#include "bulkhead/bus/doctor/checks.hpp"
#include "bulkhead/bus/group.hpp"
#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus::doctor {
namespace {

constexpr std::string_view why = "a driver process opens the device through it, without being root";

std::string bind_command(const PciFunction& function) {
  return fmt::format("sudo bulkhead bind {} --user \"$USER\"", function.address);
}

Finding look_at_binding(const PciFunction& function) {
  return {.verdict = Verdict::finding,
          .what = fmt::format("{} is not bound to vfio-pci: {}", function.address,
                              function.driver.empty()
                                  ? "it has no driver"
                                  : fmt::format("its driver is {}", function.driver)),
          .why = "a process can only have what the kernel's drivers have let go",
          .fix = bind_command(function)};
}

Finding look_at_node(const Machine& machine, const std::string& node, const std::string& fix) {
  if (machine.may_open(machine.at(node))) return good(fmt::format("{} may be opened", node));
  return {.verdict = Verdict::finding,
          .what = fmt::format("{} may not be opened by this user", node),
          .why = std::string{why},
          .fix = fix};
}

/// Either way into VFIO will do: the group's node with /dev/vfio/vfio, or the function's with
/// /dev/iommu.
void look_at_nodes(const Machine& machine, const PciFunction& function, Findings& findings) {
  const std::string of_group = group_node(function.iommu_group);
  if (!function.iommu_group.empty() && is_there(machine.at(of_group))) {
    findings.push_back(look_at_node(machine, of_group, bind_command(function)));
    findings.push_back(look_at_node(machine, "/dev/vfio/vfio", "sudo chmod 0666 /dev/vfio/vfio"));
    return;
  }
  if (const auto node = device_node(machine, function.address)) {
    findings.push_back(look_at_node(machine, *node, bind_command(function)));
    findings.push_back(look_at_node(machine, "/dev/iommu", "sudo chmod 0666 /dev/iommu"));
    return;
  }
  findings.push_back({.verdict = Verdict::finding,
                      .what = fmt::format("{} has no node in /dev/vfio", function.address),
                      .why = std::string{why},
                      .fix = "sudo mount -t devtmpfs devtmpfs /dev"});
}

}  // namespace

Findings check_access(const Patient& patient) {
  Findings findings;
  for (const auto& function : patient.functions) {
    if (is_vfio_driver(function.driver)) {
      look_at_nodes(patient.machine, function, findings);
    } else if (patient.is_to_be_opened) {
      findings.push_back(look_at_binding(function));
    }
  }
  return findings;
}

}  // namespace bulkhead::bus::doctor
