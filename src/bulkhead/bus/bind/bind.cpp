#include "bulkhead/bus/bind/bind.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkhead/bus/bind/openers.hpp"
#include "bulkhead/bus/bind/previous.hpp"
#include "bulkhead/bus/group.hpp"
#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus {
namespace {

constexpr std::string_view vfio_pci = "vfio-pci";

/// A file of a function in sysfs.
std::string file_of(const PciFunction& function, std::string_view name) {
  return fmt::format("/sys/bus/pci/devices/{}/{}", function.address, name);
}

std::string driver_folder(std::string_view driver) {
  return fmt::format("/sys/bus/pci/drivers/{}", driver);
}

Previous look_at(const Machine& machine, const PciFunction& function) {
  Previous now{.driver = link_target_name(machine.at(file_of(function, "driver"))),
               .driver_override = read_line(machine.at(file_of(function, "driver_override"))),
               .power_control = {}};
  if (now.driver_override == "(null)") now.driver_override.clear();
  if (function.sleeps())
    now.power_control = read_line(machine.at(file_of(function, "power/control")));
  return now;
}

Result<> wake(Changes& changes, const PciFunction& function, const Previous& previous) {
  if (previous.power_control.empty()) return {};
  return changes.write(file_of(function, "power/control"), "on");
}

Result<> let_sleep(Changes& changes, const PciFunction& function, const Previous& previous) {
  if (previous.power_control.empty()) return {};
  return changes.write(file_of(function, "power/control"), previous.power_control);
}

Result<> take(Changes& changes, const PciFunction& function, const Previous& previous) {
  BULKHEAD_TRY(wake(changes, function, previous));
  BULKHEAD_TRY(changes.write(file_of(function, "driver_override"), std::string{vfio_pci}));
  if (!previous.driver.empty())
    BULKHEAD_TRY(changes.write(driver_folder(previous.driver) + "/unbind", function.address));
  BULKHEAD_TRY(changes.write("/sys/bus/pci/drivers_probe", function.address));
  return changes.expect_driver(function.address, std::string{vfio_pci});
}

Result<> clear_override(Changes& changes, const PciFunction& function, const Previous& previous) {
  return changes.write(file_of(function, "driver_override"),
                       previous.driver_override.empty() ? "\n" : previous.driver_override);
}

/// Gives the function, which has no driver now, the one it had.
Result<> give_back(const Machine& machine, Changes& changes, const PciFunction& function,
                   const Previous& previous) {
  if (!previous.driver.empty()) {
    const std::string by_name = driver_folder(previous.driver) + "/bind";
    BULKHEAD_TRY(changes.write(
        is_there(machine.at(by_name)) ? by_name : "/sys/bus/pci/drivers_probe", function.address));
  }
  BULKHEAD_TRY(let_sleep(changes, function, previous));
  return previous.driver.empty() ? Result<>{}
                                 : changes.expect_driver(function.address, previous.driver);
}

/// After take() has failed, at whichever step: the function has its driver still, or none.
std::string put_back(const Machine& machine, Changes& changes, const PciFunction& function,
                     const Previous& previous) {
  auto restored = clear_override(changes, function, previous);
  if (restored && link_target_name(machine.at(file_of(function, "driver"))).empty())
    restored = give_back(machine, changes, function, previous);
  if (!restored) return fmt::format("and it could not be put back: {}", restored.error().message());
  static_cast<void>(changes.forget(previous_file(function.address)));
  const std::string driver = link_target_name(machine.at(file_of(function, "driver")));
  return driver.empty() ? "it is as it was" : fmt::format("{} has it", driver);
}

Result<> bind_one(const Machine& machine, Changes& changes, const PciFunction& function) {
  const Previous previous = look_at(machine, function);
  if (previous.driver == vfio_pci) return {};
  BULKHEAD_TRY(check_keeping_place(machine));
  BULKHEAD_TRY(changes.remember(previous_file(function.address), to_text(previous)));
  auto taken = take(changes, function, previous);
  if (taken) return {};
  Error error = std::move(taken).error();
  error.what += "; " + put_back(machine, changes, function, previous);
  return std::unexpected(std::move(error));
}

/// Whether another function of the group stays with VFIO: then the group's node stays, and its
/// owner.
bool is_last_of_group(const Machine& machine, const PciFunction& function) {
  const auto members = group_members(machine, function.iommu_group);
  return std::ranges::none_of(members, [&](const GroupMember& member) {
    return member.address != function.address && is_vfio_driver(member.driver);
  });
}

Result<> check_not_open(const Machine& machine, const PciFunction& function) {
  const auto processes = openers(machine, function);
  if (processes.empty()) return {};
  return fail(ErrorCode::unsupported,
              fmt::format("{} is open in process {}", function.address, fmt::join(processes, ", ")),
              "end it first: the kernel would wait until it has");
}

}  // namespace

Result<> bind_to_vfio(const Machine& machine, Changes& changes,
                      std::span<const PciFunction> functions, const Owner& owner) {
  if (!is_there(machine.at(driver_folder(vfio_pci)))) BULKHEAD_TRY(changes.load_vfio_pci());
  std::vector<std::string> taken;
  for (const auto& function : functions) {
    auto bound = bind_one(machine, changes, function);
    if (!bound && !taken.empty())
      bound.error().what += fmt::format("; taken before, and given back by: bulkhead unbind {}",
                                        fmt::join(taken, " "));
    if (!bound) return bound;
    if (function.driver != vfio_pci) taken.push_back(function.address);
  }
  for (const auto& function : functions)
    BULKHEAD_TRY(changes.give({function.address, function.iommu_group}, owner));
  return {};
}

Result<> unbind_from_vfio(const Machine& machine, Changes& changes, const PciFunction& function) {
  if (function.driver != vfio_pci)
    return fail(
        ErrorCode::unsupported,
        fmt::format("{} is not bound to vfio-pci: {}", function.address,
                    function.driver.empty() ? "it has no driver"
                                            : fmt::format("its driver is {}", function.driver)));
  BULKHEAD_TRY(check_not_open(machine, function));
  const auto previous = recall(machine, function.address);
  const bool last = is_last_of_group(machine, function);
  const auto given = changes.give({function.address, last ? function.iommu_group : ""}, root_user);
  if (!given && given.error().code != ErrorCode::not_found) return given;
  BULKHEAD_TRY(clear_override(changes, function, previous.value_or(Previous{})));
  BULKHEAD_TRY(changes.write(driver_folder(vfio_pci) + "/unbind", function.address));
  if (!previous) return changes.write("/sys/bus/pci/drivers_probe", function.address);
  BULKHEAD_TRY(changes.forget(previous_file(function.address)));
  return give_back(machine, changes, function, *previous);
}

}  // namespace bulkhead::bus
