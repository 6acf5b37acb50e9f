#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "bulkhead/bus/doctor/checks.hpp"
#include "bulkhead/bus/group.hpp"
#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus::doctor {
namespace {

/// A list of modules in /lib/modules/RELEASE has "kernel/drivers/vfio/pci/vfio-pci.ko" in it,
/// perhaps compressed, perhaps with what it depends on behind a colon.
bool lists(const std::filesystem::path& list, std::string_view module) {
  const auto file = fmt::format("/{}.ko", module);
  const auto lines = read_lines(list);
  return std::ranges::any_of(lines, [&](const std::string& line) {
    return line.substr(0, line.find(':')).find(file) != std::string::npos;
  });
}

std::string with_underscores(std::string name) {
  std::ranges::replace(name, '-', '_');
  return name;
}

Finding look_for(const Machine& machine, const std::string& module, std::string_view purpose) {
  const std::string release = read_line(machine.at("/proc/sys/kernel/osrelease"));
  const auto folder = machine.at("/lib/modules") / release;
  if (is_there(machine.at("/sys/module") / with_underscores(module)))
    return good(fmt::format("{} is loaded", module));
  if (lists(folder / "modules.builtin", module))
    return good(fmt::format("{} is built into the kernel", module));
  if (lists(folder / "modules.dep", module))
    return good(fmt::format("{} is there, and is loaded when it is needed", module));
  return {.verdict = Verdict::finding,
          .what = fmt::format("Linux {} has no {}: it is neither loaded nor in /lib/modules",
                              release, module),
          .why = std::string{purpose},
          .fix =
              "sudo apt install linux-image-amd64 && sudo reboot   # or another kernel with "
              "CONFIG_VFIO_PCI"};
}

}  // namespace

Findings check_modules(const Patient& patient) {
  const auto& machine = patient.machine;
  Findings findings{
      look_for(machine, "vfio-pci", "it is the driver that lets a process have a device")};
  const bool has_iommufd = is_there(machine.at("/dev/iommu"));
  const bool has_device_nodes =
      std::ranges::any_of(patient.functions, [&](const PciFunction& function) {
        return device_node(machine, function.address).has_value();
      });
  if (has_iommufd && has_device_nodes) {
    findings.push_back(good("iommufd is there"));
    return findings;
  }
  auto type1 = look_for(machine, "vfio_iommu_type1", "it maps a process's memory for its devices");
  // Whether the kernel has functions' own nodes, which do without, shows only once one is bound.
  if (has_iommufd && type1.verdict == Verdict::finding) {
    type1.verdict = Verdict::cannot_tell;
    type1.what += "; iommufd is there, and will do if a bound function is in /dev/vfio/devices";
  }
  findings.push_back(std::move(type1));
  return findings;
}

}  // namespace bulkhead::bus::doctor
