// A machine of a temporary folder: its /sys, /proc, /dev, /run and /lib.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "bulkhead/bus/machine.hpp"

#include "tests/bus/vfio_user/temporary_folder.hpp"

namespace bulkhead::bus {

class MadeUpMachine {
 public:
  MadeUpMachine() { machine.root = folder_.path("root"); }

  /// Makes a file with a line, and the folders that it needs. Paths are absolute, as the system
  /// names them.
  void write(const std::string& file, std::string_view text) const {
    std::filesystem::create_directories(machine.at(file).parent_path());
    std::ofstream{machine.at(file)} << text << '\n';
  }
  void make_folder(const std::string& folder) const {
    std::filesystem::create_directories(machine.at(folder));
  }
  /// Makes `link` lead to what is at `target`, which need not be there.
  void link(const std::string& link, const std::string& target) const {
    std::filesystem::create_directories(machine.at(link).parent_path());
    std::filesystem::remove(machine.at(link));
    std::filesystem::create_directory_symlink(machine.at(target), machine.at(link));
  }

  /// "/sys/bus/pci/devices/ADDRESS/NAME"
  static std::string file_of(const std::string& address, const std::string& name) {
    return "/sys/bus/pci/devices/" + address + "/" + name;
  }
  void add_function(const std::string& address, const std::string& class_code) const {
    write(file_of(address, "vendor"), "0x8086");
    write(file_of(address, "device"), "0x10fb");
    write(file_of(address, "class"), class_code);
    write(file_of(address, "driver_override"), "(null)");
  }
  void add_driver(const std::string& driver) const {
    for (const auto* file : {"bind", "unbind"})
      write("/sys/bus/pci/drivers/" + driver + "/" + file, "");
  }
  void set_driver(const std::string& address, const std::string& driver) const {
    link(file_of(address, "driver"), "/sys/bus/pci/drivers/" + driver);
  }
  void put_into_group(const std::string& address, const std::string& group) const {
    const std::string folder = "/sys/kernel/iommu_groups/" + group;
    make_folder(folder + "/devices");
    link(file_of(address, "iommu_group"), folder);
    link(folder + "/devices/" + address, "/sys/bus/pci/devices/" + address);
  }
  /// As which user this process runs.
  void set_user(int id) const {
    write("/proc/self/status", "Name:\tbulkhead\nUid:\t1000\t" + std::to_string(id) + "\t0\t0");
  }

  Machine machine;

 private:
  TemporaryFolder folder_;
};

}  // namespace bulkhead::bus
