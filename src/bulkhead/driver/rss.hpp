// Receive side scaling: which queue pair gets a frame, by a hash over its addresses and ports.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bulkhead/base/units.hpp"

namespace bulkhead::driver {

using RssKey = std::array<uint8_t, 40>;

/// The Toeplitz hash's key of Microsoft's published test suite ("Verifying the RSS Hash
/// Calculation"), for which its answers are known.
inline constexpr RssKey default_rss_key{0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                        0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                        0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                        0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

/// Frames of one flow have one hash and so one queue pair. TCP counts with its ports, all else of
/// IPv4 and IPv6 by its addresses alone, since a fragment has no ports; what is not IP goes to
/// queue pair 0.
struct Rss {
  RssKey key = default_rss_key;
  /// The indirection table: entry (hash modulo the table's size) is the queue pair. Empty: the
  /// first 16 queue pairs in turn.
  std::vector<QueueId> table;
};

}  // namespace bulkhead::driver
