#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkhead/bus/doctor/checks.hpp"
#include "bulkhead/bus/text_files.hpp"
#include "bulkhead/memory/huge_pages.hpp"

namespace bulkhead::bus::doctor {
namespace {

template <class Number>
std::optional<Number> number(std::string_view digits, int base) {
  Number value = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value, base);
  if (error != std::errc{} || end != digits.end()) return std::nullopt;
  return value;
}

/// In bytes; none if /proc does not tell.
std::optional<uint64_t> lockable_memory(const Machine& machine) {
  constexpr std::string_view name = "Max locked memory";
  for (const auto& line : read_lines(machine.at("/proc/self/limits"))) {
    if (!line.starts_with(name)) continue;
    const auto words = words_of(line.substr(name.size()));  // soft limit, hard limit, unit
    if (words.empty()) return std::nullopt;
    if (words.front() == "unlimited") return std::numeric_limits<uint64_t>::max();
    return number<uint64_t>(words.front(), 10);
  }
  return std::nullopt;
}

bool may_lock_any(const Machine& machine) {
  constexpr unsigned cap_ipc_lock = 14;  // capability.h
  const auto words = words_of(status_of_this_process(machine, "CapEff"));
  const auto set = words.empty() ? std::nullopt : number<uint64_t>(words.front(), 16);
  return set && ((*set >> cap_ipc_lock) & 1U) != 0;
}

/// The 2 MiB pages of one NUMA node.
struct HugePages {
  std::string node;  ///< "node0"
  uint64_t all;
  uint64_t free;
};

std::string file_of(const std::string& node, std::string_view name) {
  return fmt::format("/sys/devices/system/node/{}/hugepages/hugepages-2048kB/{}", node, name);
}

std::vector<HugePages> huge_pages(const Machine& machine) {
  std::vector<HugePages> pools;
  for (const auto& node : entries(machine.at("/sys/devices/system/node")))
    if (is_there(machine.at(file_of(node, "nr_hugepages"))))
      pools.push_back({.node = node,
                       .all = read_count(machine.at(file_of(node, "nr_hugepages"))),
                       .free = read_count(machine.at(file_of(node, "free_hugepages")))});
  return pools;
}

/// The node of the first function that tells (-1: the machine does not); any if none does.
std::string node_of(const Patient& patient) {
  for (const auto& function : patient.functions) {
    const auto node = read_line(
        patient.machine.at(fmt::format("/sys/bus/pci/devices/{}/numa_node", function.address)));
    if (patient.is_to_be_opened && !node.empty() && !node.starts_with('-')) return "node" + node;
  }
  return {};
}

}  // namespace

Findings check_locked_memory(const Patient& patient) {
  const auto limit = lockable_memory(patient.machine);
  const uint64_t need = patient.locked_memory.value();
  if (may_lock_any(patient.machine))
    return {good("this process may lock any amount (CAP_IPC_LOCK)")};
  const auto why = fmt::format(
      "devices reach only memory that is locked; `bulkhead forward` with its default pools locks "
      "{} KiB, {} bytes",
      need / 1024, need);
  const auto fix = fmt::format(
      "ulimit -l {0}   # where the hard limit lets it; for good: echo \"$USER - memlock {0}\" | "
      "sudo tee /etc/security/limits.d/bulkhead.conf, and log in again; in a systemd unit: "
      "LimitMEMLOCK={1}",
      need / 1024, need);
  if (!limit)
    return {{.verdict = Verdict::cannot_tell,
             .what = "/proc/self/limits does not tell how much memory may be locked",
             .why = why,
             .fix = fix}};
  if (*limit < need)
    return {{.verdict = Verdict::finding,
             .what = fmt::format("this process may lock {} KiB", *limit / 1024),
             .why = why,
             .fix = fix}};
  return {good(*limit == std::numeric_limits<uint64_t>::max()
                   ? "this process may lock any amount"
                   : fmt::format("this process may lock {} KiB, and {} are needed", *limit / 1024,
                                 need / 1024))};
}

Findings check_huge_pages(const Patient& patient) {
  const auto pools = huge_pages(patient.machine);
  const std::string why = fmt::format(
      "`bulkhead forward` takes {} pages of 2 MiB; with pages of 4 KiB it works, but the processor "
      "and the IOMMU look up addresses more often",
      patient.huge_pages);
  if (pools.empty())
    return {{.verdict = Verdict::cannot_tell,
             .what = "there are no pools of 2 MiB pages in /sys/devices/system/node",
             .why = why,
             .fix = "grep -i huge /proc/meminfo"}};
  const std::string wanted = node_of(patient);
  std::vector<std::string> state;
  const HugePages* best = nullptr;
  for (const auto& pool : pools) {
    state.push_back(fmt::format("{}: {} of {} free", pool.node, pool.free, pool.all));
    const bool is_eligible = wanted.empty() || pool.node == wanted;
    if (is_eligible && (best == nullptr || pool.free > best->free)) best = &pool;
  }
  if (best == nullptr) best = &pools.front();
  const auto what = fmt::format("2 MiB pages of {}", fmt::join(state, ", "));
  if (best->free >= patient.huge_pages) return {good(what)};
  return {{.verdict = Verdict::finding,
           .what = what,
           .why = why,
           .fix = memory::command_for_huge_pages(patient.huge_pages - best->free,
                                                 file_of(best->node, "nr_hugepages"))}};
}

}  // namespace bulkhead::bus::doctor
