#include "bulkhead/bus/bind/previous.hpp"

#include <string_view>

#include <fmt/format.h>

#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus {
namespace {

constexpr std::string_view driver = "driver=";
constexpr std::string_view driver_override = "driver_override=";
constexpr std::string_view power_control = "power_control=";

}  // namespace

std::string previous_file(const std::string& address) {
  return fmt::format("/run/bulkhead/bound/{}", address);
}

std::string to_text(const Previous& previous) {
  return fmt::format("{}{}\n{}{}\n{}{}\n", driver, previous.driver, driver_override,
                     previous.driver_override, power_control, previous.power_control);
}

std::optional<Previous> recall(const Machine& machine, const std::string& address) {
  const auto lines = read_lines(machine.at(previous_file(address)));
  if (lines.empty()) return std::nullopt;
  Previous previous;
  for (const auto& line : lines) {
    if (line.starts_with(driver)) previous.driver = line.substr(driver.size());
    if (line.starts_with(driver_override))
      previous.driver_override = line.substr(driver_override.size());
    if (line.starts_with(power_control)) previous.power_control = line.substr(power_control.size());
  }
  return previous;
}

}  // namespace bulkhead::bus
