// Advanced one-buffer receive descriptors (7.1.6) and advanced transmit data descriptors
// (7.2.3.2.4): the bits of their second 64-bit word. The first is the buffer's address.
#pragma once

#include <cstdint>

#include "bulkhead/base/bits.hpp"

namespace bulkhead::ixgbe {

/// What intel::rx_descriptor does not have (7.1.6.2).
namespace rx_descriptor {
inline constexpr uint64_t RXE = bit64(29);  ///< MAC error: CRC, symbol, length
}  // namespace rx_descriptor

namespace tx_descriptor {
inline constexpr uint64_t DTYP_DATA = uint64_t{0b0011} << 20U;
inline constexpr uint64_t EOP = bit64(24);   ///< end of packet
inline constexpr uint64_t IFCS = bit64(25);  ///< insert the CRC
inline constexpr uint64_t RS = bit64(27);    ///< report status: write the head back
inline constexpr uint64_t DEXT = bit64(29);  ///< an advanced descriptor
inline constexpr unsigned paylen_shift = 46;

/// A whole frame in one buffer: DTALEN and PAYLEN are both its length.
constexpr uint64_t frame(uint32_t length) {
  return DTYP_DATA | EOP | IFCS | DEXT | length | (uint64_t{length} << paylen_shift);
}
}  // namespace tx_descriptor

/// Legacy transmit descriptors (7.2.3.2.2), whose EOP, IFCS and RS are at the same places.
namespace legacy_tx_descriptor {
constexpr uint64_t frame(uint32_t length) {
  return tx_descriptor::EOP | tx_descriptor::IFCS | length;
}
}  // namespace legacy_tx_descriptor

}  // namespace bulkhead::ixgbe
