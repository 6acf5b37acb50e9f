#include "bulkhead/bus/vfio/sysfs_facts.hpp"

#include <fmt/format.h>

#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::vfio {

Result<SysfsFacts> look_up(const std::string& address, const std::filesystem::path& root) {
  SysfsFacts facts{.address = address, .root = root, .iommu_group = {}, .character_device = {}};
  const auto folder = facts.folder();
  if (!bus::is_there(folder))
    return fail(ErrorCode::not_found, fmt::format("{}: there is no such PCI function", address),
                "`bulkhead list` shows those that are there");
  facts.iommu_group = bus::link_target_name(folder / "iommu_group");
  if (facts.iommu_group.empty() || bus::is_without_iommu({.root = root}, facts.iommu_group))
    return fail(
        ErrorCode::unsupported,
        fmt::format("{}: it is in {}: no IOMMU guards memory from it", address,
                    facts.iommu_group.empty() ? "no IOMMU group" : "a group without an IOMMU"),
        "`bulkhead doctor` tells how to switch the IOMMU on");
  if (const auto driver = bus::link_target_name(folder / "driver"); !bus::is_vfio_driver(driver))
    return fail(ErrorCode::permission,
                driver.empty() ? fmt::format("{}: no driver is bound to it", address)
                               : fmt::format("{}: the kernel's driver {} has it", address, driver),
                fmt::format("give it to vfio-pci: sudo bulkhead bind {} --user $USER", address));
  if (const auto devices = bus::entries(folder / "vfio-dev"); !devices.empty())
    facts.character_device = devices.front();
  return facts;
}

std::vector<bus::GroupMember> companions_in_group(const SysfsFacts& facts) {
  auto members = bus::group_members({.root = facts.root}, facts.iommu_group);
  std::erase_if(members, [&](const auto& member) {
    return member.address == facts.address || !bus::is_vfio_driver(member.driver);
  });
  return members;
}

std::vector<bus::GroupMember> others_in_group(const SysfsFacts& facts) {
  auto members = bus::group_members({.root = facts.root}, facts.iommu_group);
  std::erase_if(members, [](const auto& member) { return member.lets_group_be_opened(); });
  return members;
}

}  // namespace bulkhead::vfio
