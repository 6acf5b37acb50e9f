// What is said of a port when the work on it has ended.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bulkhead/net/port.hpp"

namespace bulkhead::app {

/// "up at 10000 Mbit/s"; a virtio device may not know its speed.
std::string to_string(const driver::Link& link);

struct PortTotals {
  std::string name;
  std::vector<driver::Statistic> device;
  queue::QueueCounters rx;  ///< summed over the queues
  queue::QueueCounters tx;
};

/// For a person, on stdout.
void print_port(const PortTotals& port);
nlohmann::json to_json(const PortTotals& port);

}  // namespace bulkhead::app
