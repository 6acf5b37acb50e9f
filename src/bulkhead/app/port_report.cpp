#include "bulkhead/app/port_report.hpp"

#include <fmt/format.h>

namespace bulkhead::app {

static nlohmann::json to_json(const queue::QueueCounters& counters) {
  return {{"frames", counters.frames},
          {"bad_length", counters.bad_length},
          {"bad_frame", counters.bad_frame},
          {"bad_index", counters.bad_index}};
}

std::string to_string(const driver::Link& link) {
  if (!link.up) return "down";
  return link.megabits_per_second == 0 ? "up"
                                       : fmt::format("up at {} Mbit/s", link.megabits_per_second);
}

void print_lives(Lives lives) {
  fmt::print("{} workers died, {} of them hung\n", lives.deaths, lives.hangs);
}

void print_port(const PortTotals& port) {
  fmt::print("{}\n", port.name);
  fmt::print("  received {}, sent {}\n", port.rx.frames, port.tx.frames);
  if (port.rx.bad_length + port.rx.bad_frame + port.rx.bad_index + port.tx.bad_index != 0)
    fmt::print(
        "  dropped: {} of a length that cannot be, {} marked bad or too long for a buffer; "
        "queues stopped by a false index: rx {}, tx {}\n",
        port.rx.bad_length, port.rx.bad_frame, port.rx.bad_index, port.tx.bad_index);
  for (const auto& statistic : port.device)
    if (statistic.value != 0) fmt::print("  {:<32} {}\n", statistic.name, statistic.value);
}

nlohmann::json to_json(const PortTotals& port) {
  nlohmann::json device = nlohmann::json::object();
  for (const auto& statistic : port.device) device[std::string{statistic.name}] = statistic.value;
  return {
      {"name", port.name}, {"rx", to_json(port.rx)}, {"tx", to_json(port.tx)}, {"device", device}};
}

}  // namespace bulkhead::app
