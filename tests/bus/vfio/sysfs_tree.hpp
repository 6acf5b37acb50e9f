// A made-up /sys and /dev with PCI functions.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/bus/vfio_user/temporary_folder.hpp"

namespace bulkhead::bus {

class SysfsTree {
 public:
  [[nodiscard]] std::filesystem::path root() const { return folder_.path("root"); }
  [[nodiscard]] static std::filesystem::path folder(const std::string& address) {
    return std::filesystem::path{"sys/bus/pci/devices"} / address;
  }
  void write(const std::filesystem::path& file, const std::string& text = {}) const {
    std::filesystem::create_directories((root() / file).parent_path());
    std::ofstream{root() / file} << text << '\n';
  }
  /// An empty driver or group is none.
  void add_function(const std::string& address, const std::string& driver,
                    const std::string& group) const {
    write(folder(address) / "class", "0x020000");
    if (!driver.empty()) link(folder(address) / "driver", "sys/bus/pci/drivers/" + driver);
    if (!group.empty()) join_group(address, group);
  }
  void join_group(const std::string& address, const std::string& group) const {
    link(folder(address) / "iommu_group", "sys/kernel/iommu_groups/" + group);
    link("sys/kernel/iommu_groups/" + group + "/devices/" + address, folder(address));
  }

 private:
  void link(const std::filesystem::path& name, const std::filesystem::path& target) const {
    std::filesystem::create_directories(root() / target);
    std::filesystem::create_directories((root() / name).parent_path());
    std::filesystem::create_directory_symlink(root() / target, root() / name);
  }

  TemporaryFolder folder_;
};

}  // namespace bulkhead::bus
