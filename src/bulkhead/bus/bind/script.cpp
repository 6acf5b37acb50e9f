#include <fmt/format.h>

#include "bulkhead/bus/bind/changes.hpp"
#include "bulkhead/bus/group.hpp"

namespace bulkhead::bus {
namespace {

/// As an argument of printf(1), in single quotes; none of the texts holds one.
std::string printable(const std::string& text) {
  std::string line;
  for (const char c : text) line += c == '\n' ? std::string{"\\n"} : std::string{c};
  return line;
}

}  // namespace

Result<> Script::load_vfio_pci() {
  lines_.emplace_back("modprobe vfio-pci");
  return {};
}

Result<> Script::write(const std::string& file, const std::string& text) {
  lines_.push_back(text == "\n" ? fmt::format("echo > {}", file)
                                : fmt::format("echo {} > {}", text, file));
  return {};
}

Result<> Script::expect_driver(const std::string& address, const std::string& driver) {
  lines_.push_back(fmt::format(
      "test \"$(basename \"$(readlink /sys/bus/pci/devices/{}/driver)\")\" = {}", address, driver));
  return {};
}

Result<> Script::give(const Nodes& nodes, const Owner& owner) {
  if (!nodes.group.empty())
    lines_.push_back(fmt::format("chown {} {}", owner.name, group_node(nodes.group)));
  // Not every kernel that lists the function's own node has it.
  lines_.push_back(
      fmt::format("[ ! -d /dev/vfio/devices ] || chown {} /dev/vfio/devices/$(ls "
                  "/sys/bus/pci/devices/{}/vfio-dev)",
                  owner.name, nodes.address));
  return {};
}

Result<> Script::remember(const std::string& file, const std::string& text) {
  lines_.push_back(fmt::format("mkdir -p {}", file.substr(0, file.rfind('/'))));
  lines_.push_back(fmt::format("printf '{}' > {}", printable(text), file));
  return {};
}

Result<> Script::forget(const std::string& file) {
  lines_.push_back(fmt::format("rm -f {}", file));
  return {};
}

}  // namespace bulkhead::bus
