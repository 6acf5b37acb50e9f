// Advanced one-buffer receive descriptors (7.1.6) and legacy transmit descriptors (7.2.3.2.2): the
// bits of their second 64-bit word. The first is the buffer's address.
#pragma once

#include <cstdint>

#include "bulkhead/base/bits.hpp"

namespace bulkhead::ixgbe {

/// What intel::rx_descriptor does not have (7.1.6.2).
namespace rx_descriptor {
inline constexpr uint64_t RXE = bit64(29);  ///< MAC error: CRC, symbol, length
}  // namespace rx_descriptor

/// Advanced ones say the length twice, and nothing else that a frame without offloads needs.
namespace tx_descriptor {
inline constexpr uint64_t EOP = bit64(24);   ///< end of packet
inline constexpr uint64_t IFCS = bit64(25);  ///< insert the CRC
inline constexpr uint64_t RS = bit64(27);    ///< report status: write the head back

/// A whole frame in one buffer.
constexpr uint64_t frame(uint32_t length) {
  return EOP | IFCS | length;
}
}  // namespace tx_descriptor

}  // namespace bulkhead::ixgbe
