// The way in: opens a NIC by name, whichever bus it is on and whichever driver it needs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bulkhead/base/error.hpp"
#include "bulkhead/bus/function.hpp"
#include "bulkhead/driver/nic.hpp"

namespace bulkhead::net {

/// Every NIC that Bulkhead drives looks like this to a program.
using Port = driver::Nic;
using PortConfig = driver::Config;

/// The name of a device that open_port() has a driver for; none for any other.
std::optional<std::string_view> device_name(bus::Identity identity);

/// Opens the function that `name` stands for (`vfio-user:PATH`, `0000:03:00.0`), finds the driver
/// for its device id, and brings it up. `vhost-user:PATH` is a back end for the virtio driver, and
/// `vhost-user:PATH,split` one whose packed rings are not used. A driver's own options have their
/// defaults: whoever wants others opens the function with bus::open() and gives it to the driver
/// (E1000e::open()). Errors: `unsupported` for an id that no driver knows, and what the bus and the
/// driver meet.
Result<std::unique_ptr<Port>> open_port(const std::string& name, PortConfig config,
                                        bus::OpenOptions options = {});
/// The same with a function that is open already.
Result<std::unique_ptr<Port>> open_port(std::shared_ptr<bus::Function> function, PortConfig config);

}  // namespace bulkhead::net
