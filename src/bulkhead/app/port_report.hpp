// What is said of a port, and of those that worked on it, when the work has ended.
#pragma once

#include <cstdint>
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

/// Of a compartment's workers.
struct Lives {
  uint64_t deaths = 0;
  uint64_t hangs = 0;  ///< of the deaths, those of workers that did nothing any more
};

/// For a person, on stdout.
void print_port(const PortTotals& port);
void print_lives(Lives lives);
nlohmann::json to_json(const PortTotals& port);

}  // namespace bulkhead::app
