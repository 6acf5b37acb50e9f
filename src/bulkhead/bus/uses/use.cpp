#include "bulkhead/bus/uses/use.hpp"

#include <algorithm>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "bulkhead/bus/text_files.hpp"
#include "bulkhead/bus/user_space_drivers.hpp"
#include "bulkhead/bus/uses/disk_uses.hpp"
#include "bulkhead/bus/uses/network_uses.hpp"

namespace bulkhead::bus {
namespace {

namespace fs = std::filesystem;

bool is_pci_function(const fs::path& folder) {
  return is_there(folder / "vendor") && is_there(folder / "config");
}

/// The folders KIND/NAME below a function, at whichever depth (a virtio, ATA or USB device may lie
/// between), but not those of functions behind a bridge.
std::vector<fs::path> devices_below(const fs::path& function, std::string_view kind) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::recursive_directory_iterator it{function, error};
       !error && it != fs::recursive_directory_iterator{}; it.increment(error)) {
    std::error_code gone;
    if (it->is_symlink(gone) || !it->is_directory(gone)) continue;
    if (it->path().filename() == kind) {
      for (const auto& name : entries(it->path())) found.push_back(it->path() / name);
      it.disable_recursion_pending();
    } else if (is_pci_function(it->path())) {
      it.disable_recursion_pending();
    }
  }
  std::ranges::sort(found);
  return found;
}

/// A driver of an Ethernet controller that shows no interface here may show it elsewhere.
void add_unseen_interface(const fs::path& function, std::vector<Use>& uses) {
  constexpr uint32_t ethernet = 0x0200;  // PCI Code and ID Assignment, 1.3
  const std::string driver = link_target_name(function / "driver");
  if (read_number(function / "class") >> 8U == ethernet && !driver.empty() &&
      !is_for_user_space(driver))
    uses.push_back(
        {fmt::format("the interface of its driver {} is not in this network namespace", driver),
         "an interface in another network namespace, if there is one"});
}

}  // namespace

std::vector<Use> uses_of(const Machine& machine, const fs::path& function) {
  std::vector<Use> uses;
  const auto interfaces = devices_below(function, "net");
  for (const auto& interface : interfaces) add_network_uses(machine, interface, uses);
  if (interfaces.empty()) add_unseen_interface(function, uses);
  for (const auto& controller : entries(function / "nvme"))
    add_nvme_uses(machine, function / "nvme" / controller, uses);
  for (const auto& disk : devices_below(function, "block")) add_disk_uses(machine, disk, uses);
  if (const auto count = read_count(function / "sriov_numvfs"); count != 0)
    uses.push_back({fmt::format("it has {} virtual functions", count),
                    fmt::format("its {} virtual functions", count)});
  return uses;
}

}  // namespace bulkhead::bus
