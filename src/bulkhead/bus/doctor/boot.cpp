#include "bulkhead/bus/doctor/boot.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus::doctor {
namespace {

/// What stands behind the colon of the first line of that name in /proc/cpuinfo.
std::string processor_line(const Machine& machine, std::string_view name) {
  for (const auto& line : read_lines(machine.at("/proc/cpuinfo")))
    if (line.starts_with(name) && line.find(':') != std::string::npos)
      return line.substr(line.find(':') + 1);
  return {};
}

}  // namespace

Vendor processor_vendor(const Machine& machine) {
  const std::string vendor = processor_line(machine, "vendor_id");
  if (vendor.ends_with("GenuineIntel")) return Vendor::intel;
  if (vendor.ends_with("AuthenticAMD") || vendor.ends_with("HygonGenuine")) return Vendor::amd;
  return Vendor::other;
}

bool processor_has(const Machine& machine, std::string_view flag) {
  const auto flags = words_of(processor_line(machine, "flags"));
  return std::ranges::find(flags, flag) != flags.end();
}

bool firmware_has_iommu(const Machine& machine) {
  const auto tables = entries(machine.at("/sys/firmware/acpi/tables"));
  return std::ranges::any_of(tables, [](const std::string& table) {
    return table == "DMAR" || table == "IVRS" || table == "IORT" || table == "VIOT";
  });
}

std::optional<std::string> switched_off(const Machine& machine, std::string_view name) {
  for (const auto& word : words_of(read_line(machine.at("/proc/cmdline"))))
    if (word.starts_with(fmt::format("{}=off", name)) || word == fmt::format("no{}", name))
      return word;
  return std::nullopt;
}

std::string command_to_add(std::string_view parameter) {
  return fmt::format(
      "echo 'GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX {}\"' | "
      "sudo tee /etc/default/grub.d/bulkhead.cfg && sudo update-grub && sudo reboot",
      parameter);
}

std::string command_to_remove(std::string_view parameter) {
  return fmt::format(
      "sudo sed -i 's/ *\\b{}\\b//' /etc/default/grub && sudo update-grub && sudo reboot",
      parameter);
}

}  // namespace bulkhead::bus::doctor
