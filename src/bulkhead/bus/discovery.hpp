// Which PCI functions this machine has, as /sys/bus/pci/devices tells.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/bus/function.hpp"
#include "bulkhead/bus/machine.hpp"
#include "bulkhead/bus/uses/use.hpp"

namespace bulkhead::bus {

struct PciFunction {
  std::string address;  ///< "0000:03:00.0"
  Identity identity;
  uint32_t class_code;      ///< base class, subclass, interface (PCI 3.0, appendix D)
  std::string driver;       ///< the kernel's driver, empty if none is bound
  std::string iommu_group;  ///< empty if there is none
  std::string power_state;  ///< "D0" to "D3cold" or "unknown"
  std::vector<Use> uses;    ///< empty if nothing uses it now

  [[nodiscard]] bool is_network() const { return class_code >> 16U == 0x02; }
  /// Mass storage, non-volatile memory, NVM Express.
  [[nodiscard]] bool is_nvme() const { return class_code == 0x010802; }
  [[nodiscard]] bool sleeps() const { return power_state.starts_with("D3"); }
};

/// All PCI functions, in the order of their addresses. Errors: `not_found` if there is no sysfs. A
/// machine without PCI has an empty list.
Result<std::vector<PciFunction>> discover(const Machine& machine);

/// The function at an address as a person writes it: "0000:03:00.0" or "03:00.0". Errors:
/// `invalid_argument` if it is no such address, `not_found`.
Result<PciFunction> find_function(const Machine& machine, const std::string& name);

/// The functions at these addresses, each once however often and in whichever way it is named.
Result<std::vector<PciFunction>> find_functions(const Machine& machine,
                                                std::span<const std::string> names);

}  // namespace bulkhead::bus
