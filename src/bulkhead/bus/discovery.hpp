// Which PCI functions this machine has, as /sys/bus/pci/devices tells.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/bus/function.hpp"

namespace bulkhead::bus {

struct PciFunction {
  std::string address;  ///< "0000:03:00.0"
  Identity identity;
  uint32_t class_code;      ///< base class, subclass, interface (PCI 3.0, appendix D)
  std::string driver;       ///< the kernel's driver, empty if none is bound
  std::string iommu_group;  ///< empty if there is none
  /// What uses it now: interfaces that are up, block devices that are mounted, held or swap space;
  /// empty if nothing does.
  std::vector<std::string> uses;

  [[nodiscard]] bool is_network() const { return class_code >> 16U == 0x02; }
  /// Mass storage, non-volatile memory, NVM Express.
  [[nodiscard]] bool is_nvme() const { return class_code == 0x010802; }
};

/// All PCI functions, in the order of their addresses. `root` stands for "/", for tests. Errors:
/// `not_found` if there is no sysfs. A machine without PCI has an empty list.
Result<std::vector<PciFunction>> discover(const std::filesystem::path& root = "/");

}  // namespace bulkhead::bus
