// A function's BARs as its file "resource" in sysfs lists them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "bulkhead/base/units.hpp"

namespace bulkhead::sysfs {

struct Resource {
  Bytes size;
  Bytes in_page;           ///< where it begins in its first page of 4 KiB
  bool is_memory = false;  ///< otherwise I/O ports, or nothing
};

/// BARs 0 to 5 and the ROM: a line "start end flags" each (Linux, Documentation/PCI/sysfs-pci.rst).
/// What makes no sense counts as no BAR.
std::array<Resource, 7> parse_resources(const std::vector<std::string>& lines);

}  // namespace bulkhead::sysfs
