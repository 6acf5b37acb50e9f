#include "bulkhead/bus/discovery.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <optional>
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

/// Where a block device is mounted, or "swap", by its major:minor.
std::optional<std::string> mount_point(const fs::path& root, const std::string& device_number) {
  std::ifstream mounts{root / "proc/self/mountinfo"};
  for (std::string line; std::getline(mounts, line);) {
    // proc(5): mount id, parent id, major:minor, root, mount point
    std::array<std::string_view, 5> fields;
    std::string_view rest = line;
    for (auto& field : fields) {
      const auto end = std::min(rest.find(' '), rest.size());
      field = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (fields[2] == device_number) return std::string{fields[4]};
  }
  return std::nullopt;
}

void add_block_uses(const fs::path& root, const fs::path& block, std::vector<std::string>& uses) {
  const std::string name = block.filename().string();
  if (const auto where = mount_point(root, read_line(block / "dev")))
    uses.push_back(fmt::format("{} is mounted at {}", name, *where));
  for (const auto& holder : entries(block / "holders"))
    uses.push_back(fmt::format("{} is part of {}", name, holder));
  for (const auto& partition : entries(block))
    if (partition.starts_with(name)) add_block_uses(root, block / partition, uses);
}

std::vector<std::string> uses_of(const fs::path& root, const fs::path& function) {
  constexpr uint32_t interface_is_up = 1;  // IFF_UP, if.h
  std::vector<std::string> uses;
  for (const auto& name : entries(function / "net"))
    if ((read_number(function / "net" / name / "flags") & interface_is_up) != 0)
      uses.push_back(fmt::format("{} is up", name));
  for (const auto& controller : entries(function / "nvme"))
    for (const auto& disk : entries(function / "nvme" / controller))
      if (fs::exists(function / "nvme" / controller / disk / "dev") && disk.starts_with("nvme"))
        add_block_uses(root, function / "nvme" / controller / disk, uses);
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
