#include "bulkhead/bus/discovery.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "bulkhead/bus/pci_address.hpp"
#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view devices = "/sys/bus/pci/devices";

PciFunction read_function(const Machine& machine, const std::string& address) {
  const fs::path function = machine.at(devices) / address;
  return {.address = address,
          .identity = {.vendor = static_cast<uint16_t>(read_number(function / "vendor")),
                       .device = static_cast<uint16_t>(read_number(function / "device"))},
          .class_code = read_number(function / "class"),
          .driver = link_target_name(function / "driver"),
          .iommu_group = link_target_name(function / "iommu_group"),
          .power_state = read_line(function / "power_state"),
          .uses = uses_of(machine, function)};
}

}  // namespace

Result<std::vector<PciFunction>> discover(const Machine& machine) {
  if (!is_there(machine.at("/sys/bus")))
    return fail(ErrorCode::not_found, "there is no sysfs at /sys", "mount -t sysfs sysfs /sys");
  std::vector<PciFunction> functions;
  for (const auto& address : entries(machine.at(devices)))
    functions.push_back(read_function(machine, address));
  return functions;
}

Result<PciFunction> find_function(const Machine& machine, const std::string& name) {
  const auto address = pci_address_of(name);
  if (!address)
    return fail(ErrorCode::invalid_argument, fmt::format("'{}' is no PCI address", name),
                "write it as 0000:03:00.0 or 03:00.0");
  if (!is_there(machine.at(devices) / *address))
    return fail(ErrorCode::not_found, fmt::format("there is no PCI function {}", *address),
                "`bulkhead list` shows those that there are");
  return read_function(machine, *address);
}

Result<std::vector<PciFunction>> find_functions(const Machine& machine,
                                                std::span<const std::string> names) {
  std::vector<PciFunction> functions;
  for (const auto& name : names) {
    BULKHEAD_TRY_ASSIGN(auto function, find_function(machine, name));
    if (std::ranges::find(functions, function.address, &PciFunction::address) == functions.end())
      functions.push_back(std::move(function));
  }
  return functions;
}

}  // namespace bulkhead::bus
