// The way in: opens a NIC by name, whichever bus it is on and whichever driver it needs.
#pragma once

#include <memory>
#include <string>

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/nic.hpp"

namespace bulkhead::net {

/// Every NIC that Bulkhead drives looks like this to a program.
using Port = driver::Nic;
using PortConfig = driver::Config;

/// Opens the function that `name` stands for (`vfio-user:PATH`, `0000:03:00.0`), finds the driver
/// for its device id, and brings it up. Errors: `unsupported` for an id that no driver knows, and
/// what the bus and the driver meet.
Result<std::unique_ptr<Port>> open_port(const std::string& name, PortConfig config);

}  // namespace bulkhead::net
