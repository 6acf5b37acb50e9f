// How the machine was started, as far as it matters to the IOMMU.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bulkhead/bus/machine.hpp"

namespace bulkhead::bus::doctor {

enum class Vendor { intel, amd, other };

/// Of the processor, by /proc/cpuinfo.
Vendor processor_vendor(const Machine& machine);
/// Whether the processor has a feature, or on x86 whether it is a virtual one ("hypervisor").
bool processor_has(const Machine& machine, std::string_view flag);
/// Whether the firmware describes an IOMMU (ACPI's table DMAR, IVRS, IORT or VIOT).
bool firmware_has_iommu(const Machine& machine);
/// A word of the kernel's command line that begins with `name` and switches it off.
std::optional<std::string> switched_off(const Machine& machine, std::string_view name);

/// Commands that change the kernel's command line, with GRUB, and restart.
std::string command_to_add(std::string_view parameter);
std::string command_to_remove(std::string_view parameter);
/// The command that leads to the firmware's setup.
inline constexpr std::string_view firmware_setup = "sudo systemctl reboot --firmware-setup";

}  // namespace bulkhead::bus::doctor
