// The register window that Intel's families have in common.
#pragma once

#include <cstdint>

#include "bulkhead/bus/bar.hpp"

namespace bulkhead::intel {

/// The part of BAR 0 that holds registers; behind it the flash may follow.
inline constexpr uint32_t bar_size = 0x20000;
using Bar = bus::Bar<bar_size>;

}  // namespace bulkhead::intel
