#include "bulkhead/confine/report.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bulkhead::confine {
namespace {

std::string_view to_string(Presence presence) {
  switch (presence) {
    case Presence::on:
      return "on";
    case Presence::lacking:
      return "lacking";
    case Presence::forgone:
      return "forgone";
  }
  return "unknown";
}

void add(std::string& text, std::string_view what, const std::string& found) {
  text += fmt::format("{:<18} {}\n", what, found);
}

std::string or_none(const std::string& text) {
  return text.empty() ? "none" : text;
}

/// "name (detail), name (detail)"
template <class Items, class Describe>
std::string listed(const Items& items, Describe describe) {
  std::vector<std::string> words;
  std::ranges::transform(items, std::back_inserter(words), describe);
  return or_none(fmt::format("{}", fmt::join(words, ", ")));
}

void add_calls(std::string& text, const PassingCalls& calls) {
  add(text, fmt::format("{}'s calls", calls.whose), listed(calls.passing, [&](int number) {
        const bool exempt = std::ranges::count(calls.of_the_kernel, number) > 0;
        return name_of_system_call(number) + (exempt ? " (no filter stops it)" : "");
      }));
  if (!calls.conditional.empty())
    add(text, "  restricted", listed(calls.conditional, name_of_system_call));
}

void add_observation(std::string& text, const Observation& seen) {
  add(text, "user and group", fmt::format("{}, {}", seen.uid, seen.gid));
  add(text, "further groups", or_none(fmt::format("{}", fmt::join(seen.groups, ", "))));
  add(text, "capabilities", listed(seen.capabilities, [](const CapabilitySet& set) {
        return fmt::format("{} {:#x}", set.name, set.bits);
      }));
  for (const auto& open : seen.descriptors)
    add(text, fmt::format("descriptor {}", open.fd),
        fmt::format("{} ({})", open.purpose.empty() ? "NOT NAMED" : open.purpose, open.what));
  add(text, "files in /", or_none(fmt::format("{}", fmt::join(seen.root, ", "))));
  add(text, "opening a file", seen.opens_files ? "is possible" : "is refused");
  add(text, "interfaces", listed(seen.interfaces, [](const Interface& interface) {
        return fmt::format("{} ({})", interface.name, interface.up ? "up" : "down");
      }));
  add(text, "namespaces", listed(seen.namespaces, [](const NamespaceId& id) {
        return fmt::format("{} ({})", id.kind, id.own ? "its own" : "that of its parent");
      }));
  add(text, "limits", listed(seen.limits, [](const Limit& limit) {
        return limit.value == ~uint64_t{0} ? fmt::format("{} unlimited", limit.name)
                                           : fmt::format("{} {}", limit.name, limit.value);
      }));
  add(text, "new privileges", seen.no_new_privileges ? "no" : "possible");
  add(text, "new code", seen.no_new_code ? "no" : "possible");
  add(text, "debugger, core", seen.dumpable ? "possible" : "no");
  add(text, "Landlock",
      seen.landlock_abi == 0 ? "not in this kernel" : fmt::format("ABI {}", seen.landlock_abi));
  for (const auto& calls : seen.system_calls) add_calls(text, calls);
}

}  // namespace

std::string what_is_lacking(const Report& report) {
  std::string text;
  for (const auto& state : report.layers)
    if (state.presence == Presence::lacking)
      text +=
          fmt::format("{}{} ({})", text.empty() ? "" : "; ", to_string(state.layer), state.note);
  return text;
}

std::string to_text(const Report& report) {
  std::string text;
  if (report.observed) add_observation(text, *report.observed);
  text += "\nThe layers, in the order in which they were put on:\n";
  for (const auto& state : report.layers)
    text += fmt::format("  {:<18} {:<8} {}\n", to_string(state.layer), to_string(state.presence),
                        state.note);
  return text;
}

}  // namespace bulkhead::confine
