#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkhead/bus/bind/bind.hpp"
#include "bulkhead/bus/group.hpp"

namespace bulkhead::bus {
namespace {

Result<> check_group(const Machine& machine, const PciFunction& function,
                     std::span<const PciFunction> together) {
  std::vector<std::string> in_the_way;
  std::vector<std::string> all;
  for (const auto& function_of_all : together) all.push_back(function_of_all.address);
  for (const auto& member : group_members(machine, function.iommu_group)) {
    if (member.lets_group_be_opened() || std::ranges::find(all, member.address) != all.end())
      continue;
    in_the_way.push_back(fmt::format("{} ({})", member.address, member.driver));
    all.push_back(member.address);
  }
  if (in_the_way.empty()) return {};
  return fail(ErrorCode::unsupported,
              fmt::format("{} shares IOMMU group {} with {}, which the kernel drives: the group "
                          "goes to user space as a whole or not at all",
                          function.address, function.iommu_group, fmt::join(in_the_way, ", ")),
              fmt::format("bind all of them, if you can do without: bulkhead bind {}; or put the "
                          "card into another slot",
                          fmt::join(all, " ")));
}

}  // namespace

Result<> require_root(const Machine& machine) {
  if (is_root(machine)) return {};
  return fail(ErrorCode::permission, "only root can change which driver a device has",
              "run it with sudo, or see with --dry-run what it would do");
}

Result<> check_possible(const Machine& machine, std::span<const PciFunction> functions) {
  constexpr uint32_t bridge = 0x06;  // base class, PCI Code and ID Assignment, 1.7
  for (const auto& function : functions) {
    if (function.class_code >> 16U == bridge)
      return fail(ErrorCode::unsupported, fmt::format("{} is a bridge", function.address),
                  "bind the functions behind it");
    if (function.iommu_group.empty())
      return fail(
          ErrorCode::unsupported,
          fmt::format("{} has no IOMMU group: no IOMMU protects memory from it", function.address),
          "`bulkhead doctor` tells how to switch the IOMMU on");
    if (is_without_iommu(machine, function.iommu_group))
      return fail(ErrorCode::unsupported,
                  fmt::format("{} is in a group without an IOMMU, which protects nothing",
                              function.address),
                  "`bulkhead doctor` tells how to switch the IOMMU on");
    BULKHEAD_TRY(check_group(machine, function, functions));
  }
  return {};
}

Result<> check_free(const PciFunction& function) {
  std::vector<std::string> uses;
  std::vector<std::string> losses;
  for (const auto& use : function.uses) {
    if (use.loss.empty()) continue;
    uses.push_back(use.what);
    losses.push_back(use.loss);
  }
  if (uses.empty()) return {};
  return fail(
      ErrorCode::unsupported,
      fmt::format("{} is in use: {}", function.address, fmt::join(uses, "; ")),
      fmt::format("take it out of use first; --force would lose {}", fmt::join(losses, ", ")));
}

}  // namespace bulkhead::bus
