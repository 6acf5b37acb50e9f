#include "bulkhead/app/model_summary.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

std::string words_of(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

std::string device_line(const nlohmann::json& report) {
  auto line =
      fmt::format("{} frames in, {} frames out, {} DMA violations", report["frames_in"].dump(),
                  report["frames_out"].dump(), report["dma_violations"].dump());
  constexpr std::array<std::string_view, 6> if_there_are_any{
      "filtered",          "no_descriptor",    "tx_dropped", "malformed_descriptors",
      "unknown_registers", "offloads_ignored",
  };
  for (const auto name : if_there_are_any) {
    const auto& count = report[std::string{name}];
    if (count != 0) line += fmt::format(", {} {}", count.dump(), words_of(std::string{name}));
  }
  return line;
}

std::string wire_line(const nlohmann::json& wire) {
  std::string line;
  for (const auto& [name, value] : wire.items())
    if (value.is_number())
      line += fmt::format("{}{} {}", line.empty() ? "" : ", ", words_of(name), value.dump());
  return fmt::format("wire {}: {}", wire["kind"].get<std::string>(), line);
}

}  // namespace

std::string model_summary(const nlohmann::json& report) {
  auto text = fmt::format("{}: {}\n  {}\n", report["socket"].get<std::string>(),
                          device_line(report), wire_line(report["wire"]));
  std::string trouble;
  for (const auto& line : report["trouble"])
    trouble += fmt::format("{}{}", trouble.empty() ? "" : "; ", line.get<std::string>());
  if (!trouble.empty()) text += fmt::format("  trouble: {}\n", trouble);
  return text;
}

}  // namespace bulkhead::app
