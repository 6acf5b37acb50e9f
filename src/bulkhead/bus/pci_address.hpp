// How a PCI function is named.
#pragma once

#include <string_view>

namespace bulkhead::bus {

/// Whether a name has the form that sysfs gives to functions: domain, bus, device, function in
/// lower-case hexadecimal digits, "0000:03:00.0".
bool is_pci_address(std::string_view name);

}  // namespace bulkhead::bus
