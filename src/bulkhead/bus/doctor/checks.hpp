// The doctor's checks. Each looks at one matter, and finds nothing where the matter does not arise.
#pragma once

#include <vector>

#include "bulkhead/bus/doctor/finding.hpp"

namespace bulkhead::bus::doctor {

using Findings = std::vector<Finding>;

/// Is there an IOMMU that the kernel uses?
Findings check_iommu(const Patient& patient);
/// Are interrupts remapped, so that a device cannot send any that it likes?
Findings check_interrupt_remapping(const Patient& patient);
/// Does the kernel drive functions that share an IOMMU group with the patient's?
Findings check_groups(const Patient& patient);
/// Does this kernel have vfio-pci and what it needs?
Findings check_modules(const Patient& patient);
/// Are the functions bound, and may this process open them?
Findings check_access(const Patient& patient);
/// May this process lock the memory that devices are to reach?
Findings check_locked_memory(const Patient& patient);
/// Are there huge pages for that memory, on the device's NUMA node?
Findings check_huge_pages(const Patient& patient);
/// Has the processor the instructions that the program is compiled for?
Findings check_processor(const Patient& patient);
/// Does the kernel lock down what root may do (kernel_lockdown(7))?
Findings check_lockdown(const Patient& patient);

}  // namespace bulkhead::bus::doctor
