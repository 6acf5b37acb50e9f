// How a NIC shall be brought up, and what a driver accepts of it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/driver/rss.hpp"
#include "bulkhead/queue/pool.hpp"

namespace bulkhead::driver {

struct Config {
  /// One pool per queue pair; the same pool may stand for several. Buffers must hold a frame of
  /// the MTU: MTU + 18 bytes (Ethernet header and a VLAN tag). A queue pair keeps a ring of buffers
  /// (512 with ixgbe) for receiving, and up to another ring of them is on its way out: the pool
  /// must have twice that free for each queue pair when the port is opened, and more for what the
  /// program itself keeps.
  std::vector<std::shared_ptr<queue::Pool>> pools;
  uint32_t mtu = 1500;  ///< 68 to 9,728
  bool promiscuous =
      true;  ///< a forwarder's default; otherwise own, broadcast and chosen addresses
  /// The rx queues get an event each to wait on (net::Waiter), where the bus has interrupts;
  /// otherwise they can only be polled.
  bool interrupts = false;
  /// How an 82599 spreads frames over several queue pairs; a virtio device does it by itself.
  Rss rss{};
  /// Another process runs the queues: Nic::queue_plans() tells it how. Here only the pools' memory
  /// counts, not what is free in them.
  bool elsewhere = false;
  /// The queue pairs are ends of relays (net/relay.hpp), for which the pools are memory only. Not
  /// with `interrupts` or `elsewhere`.
  bool in_place = false;
};

/// What a device can do of it.
struct Limits {
  uint32_t queue_pairs;
  uint32_t rx_ring;
  uint32_t tx_ring;
  uint32_t mtu;
  Bytes buffer_step = 1_B;  ///< the device uses a multiple of this of each buffer
  bool in_place = false;    ///< the driver's queue pairs can be ends of relays
};

/// The longest frame for an MTU, without CRC: Ethernet header and one VLAN tag.
constexpr uint32_t largest_frame(uint32_t mtu) {
  return mtu + 14 + 4;
}

/// Errors: `invalid_argument`, naming the value, its range and what to do; `unsupported` for a
/// driver that has no relays.
Result<> check(const Config& config, const Limits& limits);

}  // namespace bulkhead::driver
