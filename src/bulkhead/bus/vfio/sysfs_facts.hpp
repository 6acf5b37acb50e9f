// What sysfs knows about a function before VFIO opens it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/bus/group.hpp"

namespace bulkhead::vfio {

struct SysfsFacts {
  std::string address;           ///< "0000:03:00.0"
  std::filesystem::path root;    ///< stands for "/"
  std::string iommu_group;       ///< "17"
  std::string character_device;  ///< "vfio3"; empty if the kernel has no such devices
  [[nodiscard]] std::filesystem::path folder() const {
    return root / "sys/bus/pci/devices" / address;
  }
};

/// Errors, each with what to do: `not_found` for no such function, `unsupported` for one in no
/// IOMMU group or in one without an IOMMU, `permission` for one that vfio-pci does not have.
Result<SysfsFacts> look_up(const std::string& address, const std::filesystem::path& root);

/// Other functions of its group that VFIO has, and that somebody could have open.
std::vector<bus::GroupMember> companions_in_group(const SysfsFacts& facts);

/// Functions of its group that drivers of the kernel hold.
std::vector<bus::GroupMember> others_in_group(const SysfsFacts& facts);

}  // namespace bulkhead::vfio
