#include "bulkhead/bus/uses/disk_uses.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus {
namespace {

namespace fs = std::filesystem;

/// Whether `path`, as /proc names a device, is the block device `name` or a link to it.
bool names_block(const Machine& machine, const std::string& path, const std::string& name) {
  if (!path.starts_with("/dev/")) return false;
  return path == "/dev/" + name || link_target_name(machine.at(path)) == name;
}

/// Where a block device is mounted.
std::optional<std::string> mount_point(const Machine& machine, const std::string& name,
                                       const std::string& device_number) {
  for (const auto& line : read_lines(machine.at("/proc/self/mountinfo"))) {
    // proc(5): mount id, parent id, major:minor, root, mount point, ..., "-", type, source. The
    // number may be an anonymous one (btrfs), and then only the source tells the device.
    const auto words = words_of(line);
    if (words.size() < 5) continue;
    if (words.at(2) == device_number) return words.at(4);
    const auto dash = std::ranges::find(words, "-");
    if (words.end() - dash > 2 && names_block(machine, *(dash + 2), name)) return words.at(4);
  }
  return std::nullopt;
}

bool is_swap(const Machine& machine, const std::string& name) {
  const auto lines = read_lines(machine.at("/proc/swaps"));
  return std::ranges::any_of(lines, [&](const std::string& line) {
    const auto words = words_of(line);
    return !words.empty() && names_block(machine, words.front(), name);
  });
}

/// mountinfo has one disk of a btrfs of several; /sys/fs/btrfs has all, for as long as it is
/// mounted.
bool is_part_of_btrfs(const Machine& machine, const std::string& name) {
  const fs::path btrfs = machine.at("/sys/fs/btrfs");
  const auto ids = entries(btrfs);
  return std::ranges::any_of(
      ids, [&](const std::string& id) { return is_there(btrfs / id / "devices" / name); });
}

/// What a device made of others is: "LVM vg0-root", "RAID raid1"; empty if sysfs does not tell.
std::string kind_of_holder(const fs::path& holder) {
  if (const auto level = read_line(holder / "md/level"); !level.empty())
    return fmt::format("RAID {}", level);
  std::string name = read_line(holder / "dm/name");
  const std::string uuid = read_line(holder / "dm/uuid");
  if (uuid.starts_with("LVM-")) return fmt::format("LVM {}", name);
  if (uuid.starts_with("CRYPT-")) return fmt::format("encrypted {}", name);
  return name;
}

void add_block_uses(const Machine& machine, const fs::path& block, std::vector<Use>& uses) {
  const std::string name = block.filename().string();
  if (const auto where = mount_point(machine, name, read_line(block / "dev")))
    uses.push_back({fmt::format("{} is mounted at {}", name, *where),
                    fmt::format("the file system at {}", *where)});
  else if (is_part_of_btrfs(machine, name))
    uses.push_back({fmt::format("{} is part of a mounted btrfs", name),
                    fmt::format("a part of the btrfs on {}", name)});
  if (is_swap(machine, name))
    uses.push_back({fmt::format("{} is swap space", name),
                    fmt::format("the memory of programs that is swapped out to {}", name)});
  for (const auto& holder : entries(block / "holders")) {
    const fs::path made_of_it = machine.at("/sys/class/block") / holder;
    const std::string kind = kind_of_holder(made_of_it);
    uses.push_back({fmt::format("{} is part of {}{}", name, holder,
                                kind.empty() ? "" : fmt::format(" ({})", kind)),
                    fmt::format("a part of {}", holder)});
    add_block_uses(machine, made_of_it, uses);
  }
  for (const auto& partition : entries(block))
    if (partition.starts_with(name)) add_block_uses(machine, block / partition, uses);
}

/// Disks in a folder of an NVMe controller or subsystem, where links are controllers.
void add_disks_in(const Machine& machine, const fs::path& folder, std::vector<Use>& uses) {
  std::error_code error;
  for (const auto& disk : entries(folder))
    if (disk.starts_with("nvme") && !fs::is_symlink(folder / disk, error) &&
        is_there(folder / disk / "dev"))
      add_disk_uses(machine, folder / disk, uses);
}

}  // namespace

void add_disk_uses(const Machine& machine, const fs::path& disk, std::vector<Use>& uses) {
  const auto before = uses.size();
  add_block_uses(machine, disk, uses);
  const std::string name = disk.filename().string();
  if (uses.size() == before && machine.is_claimed(machine.at("/dev") / name))
    uses.push_back({fmt::format("{} is claimed, by ZFS or a mount in another namespace", name),
                    fmt::format("what uses {}", name)});
}

void add_nvme_uses(const Machine& machine, const fs::path& controller, std::vector<Use>& uses) {
  add_disks_in(machine, controller, uses);
  // With native multipath a disk belongs to a subsystem, which has links to its controllers.
  const fs::path subsystems = machine.at("/sys/class/nvme-subsystem");
  std::error_code error;
  for (const auto& subsystem : entries(subsystems))
    if (fs::is_symlink(subsystems / subsystem / controller.filename(), error))
      add_disks_in(machine, subsystems / subsystem, uses);
}

}  // namespace bulkhead::bus
