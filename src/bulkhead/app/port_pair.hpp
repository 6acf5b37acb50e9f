// Two ports side by side, which several commands work on.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "bulkhead/app/stop_signal.hpp"
#include "bulkhead/base/error.hpp"
#include "bulkhead/net/forward.hpp"
#include "bulkhead/net/port.hpp"
#include "bulkhead/net/relay.hpp"
#include "bulkhead/net/waiter.hpp"

namespace bulkhead::app {

struct PortPairOptions {
  std::string a;
  std::string b;
  uint32_t queues = 1;
  uint32_t mtu = 1500;
  bool poll = false;
  bool no_iommu = false;
  bool elsewhere = false;  ///< another process runs the queues
  bool in_place = false;   ///< the ports' queue pairs are ends of relays
};

/// What two ports take of the system's memory, with so much for their frames: each has a page of
/// 2 MiB for its rings.
struct MemoryNeed {
  explicit MemoryNeed(Bytes frames);
  Bytes locked;       ///< frames count for each port
  size_t huge_pages;  ///< of 2 MiB
};

/// A and B, --queues, --mtu, --poll; `elsewhere` is set before, since it says what A and B can be.
void add_port_options(CLI::App& command, PortPairOptions& options);
/// The flag for machines without an IOMMU. A compartment has no such: its worker is confined, its
/// devices would not be.
void add_no_iommu_option(CLI::App& command, PortPairOptions& options);

/// Both ports share one pool a queue pair, or the frames of all their relays.
struct PortPair {
  std::optional<net::RelayFrames> frames;  ///< with `in_place`
  std::vector<std::shared_ptr<queue::Pool>> pools;
  std::array<std::unique_ptr<net::Port>, 2> port;
};

Result<PortPair> open_ports(const PortPairOptions& options);
/// Waits until both links are up, for ten seconds at most, and tells what came of it.
Result<> wait_for_links(PortPair& ports, StopSignal& signal);
/// Errors: a device that is gone or does not answer.
Result<> check_alive(PortPair& ports);
/// The same, and: `stopped` are the queues that nothing passes any more: of the way from A to B,
/// and from B to A. Errors: a device that broke the rules, too.
Result<> check_ports(PortPair& ports, std::array<net::Forwarder::Stopped, 2> stopped);
/// Reads the devices' counters, which are 32 bits wide and would overflow; a device that does not
/// answer is an error.
Result<> read_statistics(PortPair& ports);
/// Every so many of the queue pairs, from one of them on.
struct QueuePairs {
  uint32_t first = 0;
  uint32_t step = 1;
};
/// To sleep until frames arrive at any of these queues of the two; at none if they are in place.
Result<net::Waiter> arrivals_at(PortPair& ports, QueuePairs pairs = {});

}  // namespace bulkhead::app
