// How a PCI function is named.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bulkhead::bus {

/// Whether a name has the form that sysfs gives to functions: domain, bus, device, function in
/// lower-case hexadecimal digits, "0000:03:00.0".
bool is_pci_address(std::string_view name);

/// That form of an address as a person writes it: "03:00.0", or with capitals; none of anything
/// else.
std::optional<std::string> pci_address_of(std::string name);

}  // namespace bulkhead::bus
