// What a disk is used for.
#pragma once

#include <filesystem>
#include <vector>

#include "bulkhead/bus/uses/use.hpp"

namespace bulkhead::bus {

/// Adds the uses of the disk whose folder in sysfs is `disk`, and of its partitions: mounts, swap,
/// btrfs, what they are part of (LVM, RAID, encryption), and claims of whatever else.
void add_disk_uses(const Machine& machine, const std::filesystem::path& disk,
                   std::vector<Use>& uses);

/// The same for all disks of the NVMe controller whose folder in sysfs is `controller`.
void add_nvme_uses(const Machine& machine, const std::filesystem::path& controller,
                   std::vector<Use>& uses);

}  // namespace bulkhead::bus
