#include "bulkhead/bus/uses/network_uses.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus {
namespace {

namespace fs = std::filesystem;

uint32_t flags_of(std::string_view digits) {
  uint32_t number = 0;
  std::from_chars(digits.begin(), digits.end(), number, 16);
  return number;
}

bool is_up(const fs::path& interface) {
  constexpr uint32_t interface_is_up = 1;  // IFF_UP, if.h
  return (read_number(interface / "flags") & interface_is_up) != 0;
}

/// A route that is up and refuses nothing (RTF_UP and RTF_REJECT, route.h).
bool leads_somewhere(std::string_view flags) {
  return (flags_of(flags) & 0x201U) == 0x001;
}

bool is_zero(std::string_view digits) {
  return digits.find_first_not_of('0') == std::string_view::npos;
}

bool has_default_route(const Machine& machine, const std::string& interface) {
  // Interface, destination, gateway, flags, reference count, use, metric, mask, ...
  for (const auto& line : read_lines(machine.at("/proc/net/route")))
    if (const auto words = words_of(line); words.size() > 7 && words.at(0) == interface &&
                                           is_zero(words.at(1)) && is_zero(words.at(7)) &&
                                           leads_somewhere(words.at(3)))
      return true;
  // Destination, prefix length, source, its length, next hop, metric, references, use, flags,
  // interface.
  for (const auto& line : read_lines(machine.at("/proc/net/ipv6_route")))
    if (const auto words = words_of(line); words.size() > 9 && words.at(9) == interface &&
                                           is_zero(words.at(0)) && is_zero(words.at(1)) &&
                                           leads_somewhere(words.at(8)))
      return true;
  return false;
}

std::vector<std::string> addresses_of(const Machine& machine, const std::string& interface) {
  std::vector<std::string> found;
  for (const auto& [name, address] : machine.addresses)
    if (name == interface) found.push_back(address);
  return found;
}

void add_interface(const Machine& machine, const fs::path& interface, std::vector<Use>& uses) {
  if (!is_up(interface)) return;
  const std::string name = interface.filename().string();
  const auto addresses = addresses_of(machine, name);
  if (addresses.empty()) {
    uses.push_back({fmt::format("{} is up", name), ""});
  } else {
    const auto list = fmt::format("{}", fmt::join(addresses, ", "));
    uses.push_back({fmt::format("{} is up with address {}", name, list),
                    fmt::format("connections to {}", list)});
  }
  if (has_default_route(machine, name))
    uses.push_back({fmt::format("{} has the default route", name), "the default route"});
  const std::string session = session_address(machine);
  if (std::ranges::find(addresses, session) != addresses.end())
    uses.push_back({fmt::format("{} carries this SSH session", name), "this SSH session"});
  constexpr std::string_view upper = "upper_";
  for (const auto& entry : entries(interface)) {
    if (!entry.starts_with(upper)) continue;
    const std::string over = entry.substr(upper.size());
    uses.push_back({fmt::format("{} runs over {}", over, name),
                    fmt::format("what {} carries over {}", over, name)});
    add_interface(machine, machine.at("/sys/class/net") / over, uses);
  }
}

/// The value of a variable in an environment as /proc shows it, with a NUL after each.
std::string variable(const fs::path& environment, std::string_view name) {
  std::ifstream stream{environment};
  for (std::string entry; std::getline(stream, entry, '\0');)
    if (entry.starts_with(name) && entry.substr(name.size()).starts_with('='))
      return entry.substr(name.size() + 1);
  return {};
}

std::string parent_of(const fs::path& process) {
  for (const auto& line : read_lines(process / "status"))
    if (line.starts_with("PPid:")) return words_of(line).back();
  return "0";
}

}  // namespace

void add_network_uses(const Machine& machine, const fs::path& interface, std::vector<Use>& uses) {
  add_interface(machine, interface, uses);
}

std::string session_address(const Machine& machine) {
  constexpr int most_ancestors = 64;
  std::string process = "self";
  for (int i = 0; i < most_ancestors && process != "0"; ++i) {
    const fs::path folder = machine.at("/proc") / process;
    // sshd(8): the client's address and port, this machine's address and port.
    if (const auto words = words_of(variable(folder / "environ", "SSH_CONNECTION"));
        words.size() == 4)
      return words.at(2).substr(0, words.at(2).find('%'));
    process = parent_of(folder);
  }
  return {};
}

}  // namespace bulkhead::bus
