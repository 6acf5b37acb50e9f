#include "bulkhead/bus/group.hpp"

#include <fmt/format.h>

#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus {

std::vector<GroupMember> group_members(const Machine& machine, const std::string& group) {
  std::vector<GroupMember> members;
  const auto devices = machine.at(fmt::format("/sys/kernel/iommu_groups/{}/devices", group));
  for (const auto& address : entries(devices)) {
    const auto function = devices / address;
    members.push_back({.address = address,
                       .class_code = read_number(function / "class"),
                       .driver = link_target_name(function / "driver")});
  }
  return members;
}

bool is_without_iommu(const Machine& machine, const std::string& group) {
  return read_line(machine.at(fmt::format("/sys/kernel/iommu_groups/{}/name", group))) ==
         "vfio-noiommu";
}

std::string group_node(const std::string& group) {
  return fmt::format("/dev/vfio/{}", group);
}

std::optional<std::string> device_node(const Machine& machine, const std::string& address) {
  const auto names = entries(machine.at(fmt::format("/sys/bus/pci/devices/{}/vfio-dev", address)));
  if (names.empty()) return std::nullopt;
  // A kernel without VFIO_DEVICE_CDEV (Linux 6.1, and Debian's later ones) lists the name as well.
  auto node = fmt::format("/dev/vfio/devices/{}", names.front());
  if (!is_there(machine.at(node))) return std::nullopt;
  return node;
}

}  // namespace bulkhead::bus
