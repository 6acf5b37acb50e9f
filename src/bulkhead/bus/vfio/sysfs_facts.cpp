#include "bulkhead/bus/vfio/sysfs_facts.hpp"

#include <fmt/format.h>

#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::vfio {
namespace {

// vfio-pci, and its variants for single devices, which are called mlx5_vfio_pci and the like.
bool is_vfio(const std::string& driver) {
  return driver == "vfio-pci" || driver.ends_with("vfio_pci");
}

}  // namespace

Result<SysfsFacts> look_up(const std::string& address, const std::filesystem::path& root) {
  SysfsFacts facts{.address = address, .root = root, .iommu_group = {}, .character_device = {}};
  const auto folder = facts.folder();
  if (!bus::is_there(folder))
    return fail(ErrorCode::not_found, fmt::format("{}: there is no such PCI function", address),
                "`bulkhead list` shows those that are there");
  facts.iommu_group = bus::link_target_name(folder / "iommu_group");
  if (facts.iommu_group.empty())
    return fail(ErrorCode::unsupported,
                fmt::format("{}: it is in no IOMMU group: no IOMMU guards memory from it", address),
                "`bulkhead doctor` tells how to switch the IOMMU on");
  if (const auto driver = bus::link_target_name(folder / "driver"); !is_vfio(driver))
    return fail(ErrorCode::permission,
                driver.empty() ? fmt::format("{}: no driver is bound to it", address)
                               : fmt::format("{}: the kernel's driver {} has it", address, driver),
                fmt::format("give it to vfio-pci: sudo bulkhead bind {} --user $USER", address));
  if (const auto devices = bus::entries(folder / "vfio-dev"); !devices.empty())
    facts.character_device = devices.front();
  return facts;
}

std::vector<GroupMember> others_in_group(const SysfsFacts& facts) {
  std::vector<GroupMember> others;
  for (const auto& address : bus::entries(facts.folder() / "iommu_group/devices")) {
    const auto folder = facts.root / "sys/bus/pci/devices" / address;
    constexpr uint32_t bridge = 0x0604;  // PCI-to-PCI, whose driver VFIO lets be
    const auto driver = bus::link_target_name(folder / "driver");
    if (!driver.empty() && !is_vfio(driver) && driver != "pci-stub" &&
        bus::read_number(folder / "class") >> 8U != bridge)
      others.push_back({.address = address, .driver = driver});
  }
  return others;
}

}  // namespace bulkhead::vfio
