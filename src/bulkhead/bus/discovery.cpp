#include "bulkhead/bus/discovery.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace bulkhead::bus {
namespace {

namespace fs = std::filesystem;

std::string read_line(const fs::path& file) {
  std::ifstream stream{file};
  std::string line;
  std::getline(stream, line);
  return line;
}

/// sysfs writes its numbers as "0x8086"; anything else counts as 0.
uint32_t read_number(const fs::path& file) {
  const std::string text = read_line(file);
  const std::string_view digits = std::string_view{text}.substr(text.starts_with("0x") ? 2 : 0);
  uint32_t number = 0;
  std::from_chars(digits.begin(), digits.end(), number, 16);
  return number;
}

std::string link_target_name(const fs::path& link) {
  std::error_code error;
  const auto target = fs::read_symlink(link, error);
  return error ? std::string{} : target.filename().string();
}

std::vector<std::string> entries(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it{folder, error}; !error && it != fs::directory_iterator{};
       it.increment(error))
    names.push_back(it->path().filename().string());
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream{line};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// Whether `path`, as /proc names a device, is the block device `name` or a link to it.
bool names_block(const fs::path& root, const std::string& path, const std::string& name) {
  if (!path.starts_with("/dev/")) return false;
  return path == "/dev/" + name || link_target_name(root / path.substr(1)) == name;
}

/// Where a block device is mounted.
std::optional<std::string> mount_point(const fs::path& root, const std::string& name,
                                       const std::string& device_number) {
  std::ifstream mounts{root / "proc/self/mountinfo"};
  for (std::string line; std::getline(mounts, line);) {
    // proc(5): mount id, parent id, major:minor, root, mount point, ..., "-", type, source. The
    // number may be an anonymous one (btrfs), and then only the source tells the device.
    const auto words = words_of(line);
    if (words.size() < 5) continue;
    if (words.at(2) == device_number) return words.at(4);
    const auto dash = std::ranges::find(words, "-");
    if (words.end() - dash > 2 && names_block(root, *(dash + 2), name)) return words.at(4);
  }
  return std::nullopt;
}

bool is_swap(const fs::path& root, const std::string& name) {
  std::ifstream swaps{root / "proc/swaps"};
  for (std::string line; std::getline(swaps, line);) {
    const auto words = words_of(line);
    if (!words.empty() && names_block(root, words.front(), name)) return true;
  }
  return false;
}

/// mountinfo has one disk of a btrfs of several; /sys/fs/btrfs has all, for as long as it is
/// mounted.
bool is_part_of_btrfs(const fs::path& root, const std::string& name) {
  const fs::path btrfs = root / "sys/fs/btrfs";
  const auto ids = entries(btrfs);
  return std::ranges::any_of(ids, [&](const std::string& id) {
    const auto devices = entries(btrfs / id / "devices");
    return std::ranges::find(devices, name) != devices.end();
  });
}

void add_block_uses(const fs::path& root, const fs::path& block, std::vector<std::string>& uses) {
  const std::string name = block.filename().string();
  if (const auto where = mount_point(root, name, read_line(block / "dev")))
    uses.push_back(fmt::format("{} is mounted at {}", name, *where));
  else if (is_part_of_btrfs(root, name))
    uses.push_back(fmt::format("{} is part of a mounted btrfs", name));
  if (is_swap(root, name)) uses.push_back(fmt::format("{} is swap space", name));
  for (const auto& holder : entries(block / "holders"))
    uses.push_back(fmt::format("{} is part of {}", name, holder));
  for (const auto& partition : entries(block))
    if (partition.starts_with(name)) add_block_uses(root, block / partition, uses);
}

/// Uses of the disks in a folder of an NVMe controller or subsystem, where links are controllers.
void add_disk_uses(const fs::path& root, const fs::path& folder, std::vector<std::string>& uses) {
  std::error_code error;
  for (const auto& disk : entries(folder))
    if (disk.starts_with("nvme") && !fs::is_symlink(folder / disk, error) &&
        fs::exists(folder / disk / "dev", error))
      add_block_uses(root, folder / disk, uses);
}

/// With native multipath a disk belongs to a subsystem, which has links to its controllers.
void add_multipath_uses(const fs::path& root, const std::string& controller,
                        std::vector<std::string>& uses) {
  const fs::path subsystems = root / "sys/class/nvme-subsystem";
  std::error_code error;
  for (const auto& subsystem : entries(subsystems))
    if (fs::is_symlink(subsystems / subsystem / controller, error))
      add_disk_uses(root, subsystems / subsystem, uses);
}

std::vector<std::string> uses_of(const fs::path& root, const fs::path& function) {
  constexpr uint32_t interface_is_up = 1;  // IFF_UP, if.h
  std::vector<std::string> uses;
  for (const auto& name : entries(function / "net"))
    if ((read_number(function / "net" / name / "flags") & interface_is_up) != 0)
      uses.push_back(fmt::format("{} is up", name));
  for (const auto& controller : entries(function / "nvme")) {
    add_disk_uses(root, function / "nvme" / controller, uses);
    add_multipath_uses(root, controller, uses);
  }
  return uses;
}

}  // namespace

Result<std::vector<PciFunction>> discover(const fs::path& root) {
  if (!fs::exists(root / "sys/bus"))
    return fail(ErrorCode::not_found, "there is no sysfs at /sys", "mount -t sysfs sysfs /sys");
  const fs::path devices = root / "sys/bus/pci/devices";
  std::vector<PciFunction> functions;
  for (const auto& address : entries(devices)) {
    const fs::path function = devices / address;
    functions.push_back(
        {.address = address,
         .identity = {.vendor = static_cast<uint16_t>(read_number(function / "vendor")),
                      .device = static_cast<uint16_t>(read_number(function / "device"))},
         .class_code = read_number(function / "class"),
         .driver = link_target_name(function / "driver"),
         .iommu_group = link_target_name(function / "iommu_group"),
         .uses = uses_of(root, function)});
  }
  return functions;
}

}  // namespace bulkhead::bus
