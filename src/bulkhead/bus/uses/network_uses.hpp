// What a network interface is used for.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bulkhead/bus/uses/use.hpp"

namespace bulkhead::bus {

/// Adds the uses of the interface whose folder in sysfs is `interface`, if it is up: the interfaces
/// over it (bridge, bond, VLAN), addresses, default routes, the SSH session that asks.
void add_network_uses(const Machine& machine, const std::filesystem::path& interface,
                      std::vector<Use>& uses);

/// This machine's address of the SSH session in which this process runs, empty if there is none.
/// sudo takes SSH_CONNECTION away, so its ancestors' environments are read as well.
std::string session_address(const Machine& machine);

}  // namespace bulkhead::bus
