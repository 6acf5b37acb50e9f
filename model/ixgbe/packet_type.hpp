// What the receiver finds out about a frame's content: protocols, IP header checksum, CRC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace bulkhead::model::ixgbe {

struct PacketType {
  uint32_t type = 0;    ///< the write-back's packet type bits (7.1.6.2)
  uint32_t status = 0;  ///< IPCS where the IP header's checksum was looked at
  uint32_t errors = 0;  ///< IPE, as a bit of the 12-bit error field
};

/// Of an untagged frame of at least 60 bytes. TCP and UDP checksums are not looked at: the L4CS
/// status stays clear, which tells software to do it.
PacketType classify(std::span<const std::byte> frame);

/// IEEE 802.3's CRC-32, as a number whose little-endian bytes follow the frame.
uint32_t ethernet_crc(std::span<const std::byte> frame);

/// The ones' complement sum of 16-bit big-endian words (RFC 1071), not yet complemented.
uint32_t checksum_add(uint32_t sum, std::span<const std::byte> bytes);
uint16_t checksum_fold(uint32_t sum);

}  // namespace bulkhead::model::ixgbe
