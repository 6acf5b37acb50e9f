// The machine that is looked at: this one, or one that a test has made up.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::bus {

struct InterfaceAddress {
  std::string interface;
  std::string address;  ///< "192.0.2.2" or "2001:db8::2", without prefix length and zone
};

struct Machine {
  using Question = std::function<bool(const std::filesystem::path&)>;

  std::filesystem::path root = "/";  ///< what stands for "/", with its sys, proc, dev, run and lib
  std::vector<InterfaceAddress> addresses{};
  /// Whether something in the kernel has claimed a block device for itself alone.
  Question is_claimed = [](const auto&) { return false; };
  /// Whether this process may open a device node to read and write.
  Question may_open = [](const auto&) { return true; };

  /// Where the file is that the system calls `path`, an absolute path.
  [[nodiscard]] std::filesystem::path at(std::string_view path) const {
    return root / path.substr(1);
  }
};

/// This machine, as this process sees it now.
Machine this_machine();

/// Whether this process runs as root, by its effective user id (proc(5), status).
bool is_root(const Machine& machine);

/// A line of /proc/self/status without its name, such as "Uid"; empty if there is none.
std::string status_of_this_process(const Machine& machine, std::string_view name);

}  // namespace bulkhead::bus
