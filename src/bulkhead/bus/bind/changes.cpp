#include "bulkhead/bus/bind/changes.hpp"

#include <array>
#include <charconv>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/bind/modprobe.hpp"
#include "bulkhead/bus/group.hpp"
#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus {

namespace fs = std::filesystem;

Result<Owner> find_user(const std::string& name) {
  std::array<char, 16384> memory{};
  passwd entry{};
  passwd* found = nullptr;
  static_cast<void>(::getpwnam_r(name.c_str(), &entry, memory.data(), memory.size(), &found));
  if (found != nullptr) return Owner{.name = name, .id = entry.pw_uid};
  uid_t id = 0;
  const std::string_view digits{name};
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), id);
  if (error == std::errc{} && end == digits.end()) return Owner{.name = name, .id = id};
  return fail(ErrorCode::not_found, fmt::format("there is no user '{}'", name),
              "`getent passwd` shows those that there are");
}

Result<> RealChanges::load_vfio_pci() {
  const auto loaded = load_module(machine_, "vfio-pci");
  if (is_there(machine_.at("/sys/bus/pci/drivers/vfio-pci"))) return {};
  return fail(ErrorCode::not_found,
              fmt::format("this kernel has no driver vfio-pci{}",
                          loaded ? "" : fmt::format(": {}", loaded.error().what)),
              "sudo modprobe vfio-pci; `bulkhead doctor` tells which kernels have it");
}

Result<> RealChanges::write(const std::string& file, const std::string& text) {
  const OwnedFd fd{::open(machine_.at(file).c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC)};
  if (!fd) return fail_errno(file);
  if (::write(fd.get(), text.data(), text.size()) < 0)
    return fail_errno(fmt::format("writing '{}' to {}", text, file),
                      "the kernel log may say why: sudo dmesg | tail");
  return {};
}

Result<> RealChanges::expect_driver(const std::string& address, const std::string& driver) {
  const std::string has =
      link_target_name(machine_.at(fmt::format("/sys/bus/pci/devices/{}/driver", address)));
  if (has == driver) return {};
  return fail(ErrorCode::io,
              fmt::format("{} did not take {}, which has {}", driver, address,
                          has.empty() ? "no driver" : fmt::format("the driver {}", has)),
              fmt::format("is its module loaded (sudo modprobe {}), and what does the kernel log "
                          "say (sudo dmesg | tail)?",
                          driver));
}

Result<> RealChanges::give(const Nodes& nodes, const Owner& owner) {
  std::vector<std::string> candidates;
  if (!nodes.group.empty()) candidates.push_back(group_node(nodes.group));
  if (auto node = device_node(machine_, nodes.address)) candidates.push_back(*std::move(node));
  bool found = candidates.empty();
  for (const auto& node : candidates) {
    if (!is_there(machine_.at(node))) continue;
    found = true;
    if (::lchown(machine_.at(node).c_str(), owner.id, static_cast<gid_t>(-1)) != 0)
      return fail_errno(fmt::format("giving {} to {}", node, owner.name));
  }
  if (found) return {};
  return fail(ErrorCode::not_found,
              fmt::format("there is no {}", fmt::join(candidates, " and no ")),
              "is /dev a devtmpfs, and does the kernel have VFIO_GROUP or VFIO_DEVICE_CDEV?");
}

Result<> RealChanges::remember(const std::string& file, const std::string& text) {
  const fs::path path = machine_.at(file);
  std::error_code error;
  const mode_t mask = ::umask(S_IWGRP | S_IWOTH);
  fs::create_directories(path.parent_path(), error);
  std::ofstream stream{path};
  stream << text << std::flush;
  ::umask(mask);
  if (stream) return {};
  return fail(ErrorCode::io, fmt::format("{} cannot be written", file),
              "it keeps what `bulkhead unbind` puts back");
}

Result<> RealChanges::forget(const std::string& file) {
  std::error_code error;
  fs::remove(machine_.at(file), error);
  return error ? fail_errno(error.value(), fmt::format("removing {}", file)) : Result<>{};
}

}  // namespace bulkhead::bus
