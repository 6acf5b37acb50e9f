// Which processes have a function open through VFIO.
#pragma once

#include <string>
#include <vector>

#include "bulkhead/bus/discovery.hpp"
#include "bulkhead/bus/machine.hpp"

namespace bulkhead::bus {

/// The processes, as "1234 (bulkhead)", that have one of `nodes` open, or the function itself as
/// far as the kernel says so (fdinfo's vfio-device-syspath). Other users' processes are seen only
/// by root.
std::vector<std::string> openers(const Machine& machine, const std::string& address,
                                 const std::vector<std::string>& nodes);

/// The same by all nodes of the function. Its group counts as open if another of its functions is:
/// only newer kernels tell which one it is.
std::vector<std::string> openers(const Machine& machine, const PciFunction& function);

}  // namespace bulkhead::bus
