// What can be asked of forwarding, in whichever process it happens.
#pragma once

#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

#include "bulkhead/app/port_pair.hpp"

namespace bulkhead::app {

struct ForwardOptions {
  PortPairOptions ports;
  uint32_t batch = 32;
  double seconds = 0;  ///< 0: without end
  uint64_t count = 0;  ///< of frames; 0: without end
  bool touch = false;
  bool quiet = false;
  bool json = false;
};

/// A and B, --batch, --seconds, --count, --touch, --quiet and --json, and the ports' options.
void add_forward_options(CLI::App& command, ForwardOptions& options);

/// More than 0 seconds, for an option; CLI11's own check lets through what is not a number.
std::string check_time(const std::string& text);

}  // namespace bulkhead::app
