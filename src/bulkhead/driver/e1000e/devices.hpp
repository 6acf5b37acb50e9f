// Which PCI device ids this driver knows.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "bulkhead/bus/function.hpp"

namespace bulkhead::e1000e {

/// The device's name; none for one that is not the driver's.
std::optional<std::string_view> find_device(bus::Identity identity);

}  // namespace bulkhead::e1000e
