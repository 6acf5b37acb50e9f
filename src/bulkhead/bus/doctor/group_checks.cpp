#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkhead/bus/doctor/checks.hpp"
#include "bulkhead/bus/group.hpp"
#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus::doctor {
namespace {

/// "0000:03:00" of "0000:03:00.1": functions of one device have it in common.
std::string device_of(const std::string& address) {
  return address.substr(0, address.find('.'));
}

/// Why the IOMMU cannot tell these functions apart. The kernel has looked for ACS (iommu.c,
/// pci_device_group); that it made one group is all that is known here.
std::string reason(const PciFunction& function, const std::vector<GroupMember>& members) {
  const auto bridge = std::ranges::find_if(members, &GroupMember::is_bridge);
  if (bridge != members.end())
    return fmt::format(
        "the bridge {} does not keep apart what lies behind it (no ACS that the kernel knows of, "
        "or "
        "conventional PCI): one can reach the other past the IOMMU",
        bridge->address);
  const bool one_card = std::ranges::all_of(members, [&](const GroupMember& member) {
    return device_of(member.address) == device_of(function.address);
  });
  return one_card ? "the card does not say (ACS) that its functions are kept apart"
                  : "nothing that the kernel knows of (ACS) keeps them apart";
}

Finding look_at_group(const Machine& machine, const PciFunction& function) {
  const auto members = group_members(machine, function.iommu_group);
  std::vector<std::string> in_the_way;
  std::vector<std::string> all{function.address};
  for (const auto& member : members) {
    if (member.address == function.address || member.lets_group_be_opened()) continue;
    in_the_way.push_back(fmt::format("{} ({})", member.address, member.driver));
    all.push_back(member.address);
  }
  if (in_the_way.empty())
    return good(fmt::format("{} is in group {}, of which the kernel drives no other function",
                            function.address, function.iommu_group));
  return {.verdict = Verdict::finding,
          .what = fmt::format("{} shares group {} with {}", function.address, function.iommu_group,
                              fmt::join(in_the_way, ", ")),
          .why = fmt::format("{}, so they go to user space together or not at all",
                             reason(function, members)),
          .fix = fmt::format("sudo bulkhead bind {}   # or put the card into another slot",
                             fmt::join(all, " "))};
}

}  // namespace

Findings check_groups(const Patient& patient) {
  Findings findings;
  // That there are none at all is a matter of its own.
  if (entries(patient.machine.at("/sys/kernel/iommu_groups")).empty()) return findings;
  for (const auto& function : patient.functions) {
    if (!function.iommu_group.empty()) {
      findings.push_back(look_at_group(patient.machine, function));
      continue;
    }
    findings.push_back({.verdict = Verdict::finding,
                        .what = fmt::format("{} is in no IOMMU group", function.address),
                        .why = "the IOMMU of this machine does not cover this function",
                        .fix = "put the card into another slot, then: bulkhead doctor"});
  }
  return findings;
}

}  // namespace bulkhead::bus::doctor
