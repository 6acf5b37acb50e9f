#include <array>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkhead/bus/doctor/boot.hpp"
#include "bulkhead/bus/doctor/checks.hpp"
#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus::doctor {

Findings check_processor(const Patient& patient) {
  if (processor_vendor(patient.machine) == Vendor::other) return {};
  // The x86-64 psABI's level v2; pni is SSE3.
  constexpr std::array<std::string_view, 7> level_2{"cx16",   "lahf_lm", "popcnt", "pni",
                                                    "sse4_1", "sse4_2",  "ssse3"};
  std::vector<std::string_view> missing;
  for (const auto flag : level_2)
    if (!processor_has(patient.machine, flag)) missing.push_back(flag);
  if (missing.empty()) return {good("has all of x86-64-v2")};
  return {{.verdict = Verdict::finding,
           .what = fmt::format("lacks {} of x86-64-v2", fmt::join(missing, ", ")),
           .why = "the program is compiled for it, and ends where such an instruction is met",
           .fix = "in a virtual machine, on its host: qemu-system-x86_64 -cpu host ...; otherwise "
                  "a processor of 2009 or later"}};
}

Findings check_lockdown(const Patient& patient) {
  const auto modes = read_line(patient.machine.at("/sys/kernel/security/lockdown"));
  const auto begin = modes.find('[');
  const auto end = modes.find(']');
  if (begin == std::string::npos || end == std::string::npos)
    return {good("the kernel tells of none (no /sys/kernel/security/lockdown)")};
  const auto mode = modes.substr(begin + 1, end - begin - 1);
  if (mode == "none") return {good("none")};
  return {
      good(fmt::format("{}: VFIO works, and nobody reaches a device past the IOMMU by its "
                       "files in sysfs",
                       mode))};
}

}  // namespace bulkhead::bus::doctor
