// What a modelled port has counted, for a person to read.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::app {

/// Two or three lines, from a port's report: its frames and DMA violations, what the wire counted,
/// and the first trouble that the driver made, if any.
std::string model_summary(const nlohmann::json& report);

}  // namespace bulkhead::app
