#include "bulkhead/bus/bind/previous.hpp"

#include <string_view>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus {
namespace {

constexpr std::string_view driver = "driver=";
constexpr std::string_view driver_override = "driver_override=";
constexpr std::string_view power_control = "power_control=";

/// Whether only root or this user can change what is at `path`; so it is if nothing is there.
bool is_safe(const std::filesystem::path& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return true;
  const bool is_ours = status.st_uid == 0 || status.st_uid == ::geteuid();
  return is_ours && !S_ISLNK(status.st_mode) && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace

std::string previous_file(const std::string& address) {
  return fmt::format("/run/bulkhead/bound/{}", address);
}

std::string to_text(const Previous& previous) {
  return fmt::format("{}{}\n{}{}\n{}{}\n", driver, previous.driver, driver_override,
                     previous.driver_override, power_control, previous.power_control);
}

Result<> check_keeping_place(const Machine& machine) {
  for (const auto* folder : {"/run/bulkhead", "/run/bulkhead/bound"})
    if (!is_safe(machine.at(folder)))
      return fail(ErrorCode::permission, fmt::format("others can change {}", folder),
                  fmt::format("sudo rm -r {}, if nothing in there is needed", folder));
  return {};
}

std::optional<Previous> recall(const Machine& machine, const std::string& address) {
  if (!check_keeping_place(machine)) return std::nullopt;
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
