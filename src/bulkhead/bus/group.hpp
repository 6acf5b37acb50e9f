// IOMMU groups: functions that the IOMMU cannot tell apart, and the nodes that open them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bulkhead/bus/machine.hpp"
#include "bulkhead/bus/user_space_drivers.hpp"

namespace bulkhead::bus {

struct GroupMember {
  std::string address;
  uint32_t class_code;
  std::string driver;  ///< empty if none is bound

  /// PCI-to-PCI, whatever its driver is: the kernel lets it be.
  [[nodiscard]] bool is_bridge() const { return class_code >> 8U == 0x0604; }
  /// A group can be opened only if the kernel drives none of its functions (Linux,
  /// Documentation/driver-api/vfio.rst).
  [[nodiscard]] bool lets_group_be_opened() const {
    return is_bridge() || driver.empty() || driver == "pci-stub" || is_vfio_driver(driver);
  }
};

/// All functions of a group, in the order of their addresses.
std::vector<GroupMember> group_members(const Machine& machine, const std::string& group);

/// Whether the group is one of VFIO's mode without an IOMMU, which protects nothing.
bool is_without_iommu(const Machine& machine, const std::string& group);

/// "/dev/vfio/17"
std::string group_node(const std::string& group);
/// "/dev/vfio/devices/vfio3", of a function that vfio-pci has; none if the kernel has no such
/// nodes.
std::optional<std::string> device_node(const Machine& machine, const std::string& address);

}  // namespace bulkhead::bus
