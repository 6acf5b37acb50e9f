// What uses a PCI function at present, and what is lost if it is taken away.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bulkhead/bus/machine.hpp"

namespace bulkhead::bus {

struct Use {
  std::string what;  ///< "eth0 has the default route"
  std::string loss;  ///< "the default route"; empty if nothing is lost

  friend bool operator==(const Use&, const Use&) = default;
};

/// What uses the function whose folder in sysfs is `function`: its interfaces and those over them,
/// its disks and what they are part of, its virtual functions.
std::vector<Use> uses_of(const Machine& machine, const std::filesystem::path& function);

}  // namespace bulkhead::bus
