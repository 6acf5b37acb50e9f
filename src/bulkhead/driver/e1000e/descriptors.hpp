// Legacy (7.1.3) and extended (7.1.4) receive descriptors and legacy transmit descriptors (7.2):
// the bits of their second 64-bit word. The first is the buffer's address.
#pragma once

#include <cstdint>

#include "bulkhead/base/bits.hpp"

namespace bulkhead::e1000e {

/// How the device reports a frame in a receive descriptor.
enum class RxFormat : uint8_t { extended, legacy };

/// What intel::rx_descriptor does not have: errors of extended descriptors.
namespace rx_descriptor {
inline constexpr uint64_t CE = bit64(24);   ///< CRC or alignment error
inline constexpr uint64_t SE = bit64(25);   ///< symbol error
inline constexpr uint64_t SEQ = bit64(26);  ///< sequence error
inline constexpr uint64_t CXE = bit64(28);  ///< carrier extension error
inline constexpr uint64_t RXE = bit64(31);  ///< data error
inline constexpr uint64_t errors = CE | SE | SEQ | CXE | RXE;
}  // namespace rx_descriptor

/// The same byte of errors, which legacy descriptors have in bits 47:40.
namespace legacy_rx_descriptor {
inline constexpr uint64_t errors = rx_descriptor::errors << 16U;
}  // namespace legacy_rx_descriptor

namespace tx_descriptor {
inline constexpr uint64_t EOP = bit64(24);   ///< end of packet
inline constexpr uint64_t IFCS = bit64(25);  ///< insert the CRC
inline constexpr uint64_t RS = bit64(27);    ///< report status: write DD back
inline constexpr uint64_t DD = bit64(32);    ///< written back: the frame has left the ring

/// A whole frame in one buffer.
constexpr uint64_t frame(uint32_t length) {
  return EOP | IFCS | length;
}
}  // namespace tx_descriptor

}  // namespace bulkhead::e1000e
