#include "bulkhead/bus/machine.hpp"

#include <array>
#include <cerrno>
#include <fstream>
#include <memory>

#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus {
namespace {

std::string numeric(const sockaddr* address) {
  const bool is_ipv4 = address->sa_family == AF_INET;
  std::array<char, NI_MAXHOST> text{};
  if (::getnameinfo(address, is_ipv4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6), text.data(),
                    text.size(), nullptr, 0, NI_NUMERICHOST) != 0)
    return {};
  const std::string with_zone = text.data();
  return with_zone.substr(0, with_zone.find('%'));
}

std::vector<InterfaceAddress> interface_addresses() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> list{first, ::freeifaddrs};
  std::vector<InterfaceAddress> addresses;
  for (const ifaddrs* entry = list.get(); entry != nullptr; entry = entry->ifa_next) {
    const sockaddr* address = entry->ifa_addr;
    if (address != nullptr && (address->sa_family == AF_INET || address->sa_family == AF_INET6))
      addresses.push_back({entry->ifa_name, numeric(address)});
  }
  return addresses;
}

/// open(2): with O_EXCL a block device that is in use by the system, as by a mount in whichever
/// namespace, cannot be opened.
bool is_claimed(const std::filesystem::path& device) {
  const OwnedFd fd{::open(device.c_str(), O_RDONLY | O_EXCL | O_CLOEXEC | O_NONBLOCK)};
  return !fd && errno == EBUSY;
}

bool may_open(const std::filesystem::path& node) {
  return ::faccessat(AT_FDCWD, node.c_str(), R_OK | W_OK, AT_EACCESS) == 0;
}

}  // namespace

Machine this_machine() {
  return {.addresses = interface_addresses(), .is_claimed = is_claimed, .may_open = may_open};
}

std::string status_of_this_process(const Machine& machine, std::string_view name) {
  std::ifstream status{machine.at("/proc/self/status")};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name) && line.size() > name.size() && line.at(name.size()) == ':')
      return line.substr(name.size() + 1);
  return {};
}

bool is_root(const Machine& machine) {
  const auto ids = words_of(status_of_this_process(machine, "Uid"));  // real, effective, ...
  return ids.size() > 1 && ids.at(1) == "0";
}

}  // namespace bulkhead::bus
