#include <algorithm>
#include <set>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkhead/bus/doctor/boot.hpp"
#include "bulkhead/bus/doctor/checks.hpp"
#include "bulkhead/bus/group.hpp"
#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus::doctor {
namespace {

constexpr std::string_view guest_fix =
    "on the host of this virtual machine: qemu-system-x86_64 -machine q35 "
    "-device intel-iommu,intremap=on,caching-mode=on ...";

std::vector<std::string> groups_of(const Machine& machine) {
  auto groups = entries(machine.at("/sys/kernel/iommu_groups"));
  std::erase_if(groups, [&](const std::string& group) { return is_without_iommu(machine, group); });
  return groups;
}

/// What has to be done for the kernel to use an IOMMU.
std::string iommu_fix(const Machine& machine) {
  for (const auto* name : {"iommu", "intel_iommu", "amd_iommu"})
    if (const auto word = switched_off(machine, name)) return command_to_remove(*word);
  if (firmware_has_iommu(machine) && processor_vendor(machine) == Vendor::intel)
    return command_to_add("intel_iommu=on");
  if (processor_has(machine, "hypervisor")) return std::string{guest_fix};
  return fmt::format("switch on VT-d, AMD-Vi or SMMU in the firmware's setup: {}", firmware_setup);
}

/// How the kernel's own drivers use it: "DMA-FQ", "identity" (no translation for them).
std::string types_of(const Machine& machine, const std::vector<std::string>& groups) {
  std::set<std::string> types;
  for (const auto& group : groups) {
    const auto type = read_line(machine.at(fmt::format("/sys/kernel/iommu_groups/{}/type", group)));
    if (!type.empty()) types.insert(type);
  }
  return types.empty() ? "not told" : fmt::format("{}", fmt::join(types, ", "));
}

enum class Remapping { on, off, not_told };

/// /proc/interrupts names each interrupt's controller: "IR-PCI-MSI" where it is remapped, "PCI-MSI"
/// or "IO-APIC" where not; Arm's ITS translates all.
Remapping remapping(const Machine& machine) {
  auto told = Remapping::not_told;
  for (const auto& line : read_lines(machine.at("/proc/interrupts")))
    for (const auto& word : words_of(line)) {
      if (word.starts_with("IR-") || word.starts_with("ITS-")) return Remapping::on;
      if (word.starts_with("PCI-MSI") || word.starts_with("IO-APIC")) told = Remapping::off;
    }
  return told;
}

/// Whether an Intel IOMMU can do it (VT-d specification, ECAP_REG, bit 3).
bool is_capable(const Machine& machine) {
  const auto units = entries(machine.at("/sys/class/iommu"));
  return std::ranges::any_of(units, [&](const std::string& unit) {
    const auto capabilities = read_line(machine.at("/sys/class/iommu") / unit / "intel-iommu/ecap");
    constexpr std::string_view with_bit_3 = "89abcdef";
    return !capabilities.empty() && with_bit_3.find(capabilities.back()) != std::string_view::npos;
  });
}

std::string remapping_fix(const Machine& machine) {
  for (const auto* name : {"intremap", "x2apic"})
    if (const auto word = switched_off(machine, name)) return command_to_remove(*word);
  if (processor_has(machine, "hypervisor")) return std::string{guest_fix};
  return fmt::format("switch on interrupt remapping or x2APIC in the firmware's setup: {}",
                     firmware_setup);
}

}  // namespace

Findings check_iommu(const Patient& patient) {
  const auto& machine = patient.machine;
  const auto groups = groups_of(machine);
  const auto units = entries(machine.at("/sys/class/iommu"));
  if (!groups.empty())
    return {good(fmt::format("{} groups; units: {}; mode for the kernel's own drivers: {}",
                             groups.size(),
                             units.empty() ? "not told" : fmt::format("{}", fmt::join(units, ", ")),
                             types_of(machine, groups)))};
  if (!is_there(machine.at("/sys/kernel")))
    return {{.verdict = Verdict::cannot_tell,
             .what = "there is no /sys/kernel to look at",
             .why = "IOMMU groups are listed there",
             .fix = "sudo mount -t sysfs sysfs /sys"}};
  return {{.verdict = Verdict::finding,
           .what = "the kernel uses no IOMMU: /sys/kernel/iommu_groups is empty",
           .why = "without one a device, or a bug in its driver, reaches all of the memory; VFIO "
                  "gives no device away then",
           .fix = iommu_fix(machine)}};
}

Findings check_interrupt_remapping(const Patient& patient) {
  const auto& machine = patient.machine;
  const std::string why =
      "without it a device can send any interrupt, by a write to an address; VFIO gives no device "
      "away then";
  switch (remapping(machine)) {
    case Remapping::on:
      return {good("the interrupts in /proc/interrupts are remapped")};
    case Remapping::off:
      return {{.verdict = Verdict::finding,
               .what = "the interrupts in /proc/interrupts are not remapped",
               .why = why,
               .fix = remapping_fix(machine)}};
    case Remapping::not_told:
      break;
  }
  return {{.verdict = Verdict::cannot_tell,
           .what = is_capable(machine)
                       ? "the IOMMU can remap interrupts; whether it does is not told"
                       : "/proc/interrupts does not tell",
           .why = why,
           .fix = "sudo dmesg | grep -i remapping"}};
}

}  // namespace bulkhead::bus::doctor
