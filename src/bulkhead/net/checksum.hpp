// The Internet's checksum (RFC 1071): of IP headers, TCP, UDP, and most else above IP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace bulkhead::net {

/// Adds 16-bit words in ones' complement. What it is given together with the right checksum sums up
/// to all_ones.
class ChecksumSum {
 public:
  static constexpr uint16_t all_ones = 0xFFFF;

  /// Further bytes. Those of all calls but the last must be even in number.
  ChecksumSum& add(std::span<const std::byte> bytes);
  /// A number that is not among the bytes; words that it does not fit into are added up.
  ChecksumSum& add(uint32_t number);
  [[nodiscard]] uint16_t sum() const;
  [[nodiscard]] uint16_t checksum() const { return static_cast<uint16_t>(~sum()); }

 private:
  /// Of words as this machine reads them: the sum's bytes are then in the wrong order, and nothing
  /// else is (RFC 1071, 2 (B)).
  uint64_t sum_ = 0;
};

/// Where a checksum is and what it is of: the rest of the packet from `start` on.
struct ChecksumPlace {
  size_t start;
  size_t offset;  ///< of the two bytes, from `start`
};

/// Completes a checksum whose place holds the sum of the pseudo header, or anything else that
/// belongs to it and not to the bytes. False, and nothing done, for a place outside of the packet.
bool complete_checksum(std::span<std::byte> packet, ChecksumPlace place);

}  // namespace bulkhead::net
