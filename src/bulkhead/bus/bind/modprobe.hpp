// Loading a module of the kernel, by modprobe(8).
#pragma once

#include <string>

#include "bulkhead/base/error.hpp"
#include "bulkhead/bus/machine.hpp"

namespace bulkhead::bus {

/// Waits for modprobe for 30 seconds at most. Errors: `not_found` if there is no modprobe, `io` if
/// it failed, `timeout`.
Result<> load_module(const Machine& machine, const std::string& module);

}  // namespace bulkhead::bus
