#include "bulkhead/bus/bind/openers.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "bulkhead/bus/group.hpp"
#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus {
namespace {

namespace fs = std::filesystem;

bool is_number(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_of_function(const fs::path& info, const std::string& address) {
  const auto lines = read_lines(info);
  return std::ranges::any_of(lines, [&](const std::string& line) {
    return line.starts_with("vfio-device-syspath:") && line.ends_with("/" + address);
  });
}

bool has_open(const fs::path& process, const std::string& address,
              const std::vector<std::string>& nodes) {
  const auto descriptors = entries(process / "fd");
  return std::ranges::any_of(descriptors, [&](const std::string& fd) {
    std::error_code gone;
    const std::string target = fs::read_symlink(process / "fd" / fd, gone).string();
    return std::ranges::find(nodes, target) != nodes.end() ||
           (target == "anon_inode:[vfio-device]" &&
            is_of_function(process / "fdinfo" / fd, address));
  });
}

}  // namespace

std::vector<std::string> openers(const Machine& machine, const std::string& address,
                                 const std::vector<std::string>& nodes) {
  std::vector<std::string> found;
  for (const auto& process : entries(machine.at("/proc")))
    if (const fs::path folder = machine.at("/proc") / process;
        is_number(process) && has_open(folder, address, nodes))
      found.push_back(fmt::format("{} ({})", process, read_line(folder / "comm")));
  return found;
}

std::vector<std::string> openers(const Machine& machine, const PciFunction& function) {
  std::vector<std::string> nodes{group_node(function.iommu_group)};
  if (auto node = device_node(machine, function.address)) nodes.push_back(*std::move(node));
  return openers(machine, function.address, nodes);
}

}  // namespace bulkhead::bus
