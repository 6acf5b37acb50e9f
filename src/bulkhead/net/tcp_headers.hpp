// The headers of a TCP segment in an Ethernet frame, and what depends on its length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "bulkhead/net/checksum.hpp"

namespace bulkhead::net {

namespace ethernet {
inline constexpr size_t type = 12;
inline constexpr size_t header = 14;
inline constexpr size_t tag = 4;  // 802.1Q
inline constexpr uint16_t ipv4 = 0x0800;
inline constexpr uint16_t ipv6 = 0x86DD;
}  // namespace ethernet

/// The most that a length of 16 bits says.
inline constexpr size_t longest_ip_packet = 65535;

// RFC 791, 3.1
namespace ipv4 {
inline constexpr size_t length = 2;
inline constexpr size_t identification = 4;
inline constexpr size_t fragment = 6;
inline constexpr uint16_t dont_fragment = 0x4000;
inline constexpr size_t protocol = 9;
inline constexpr size_t checksum = 10;
inline constexpr size_t addresses = 12;
inline constexpr size_t header = 20;  // without options
}  // namespace ipv4

// RFC 8200, 3
namespace ipv6 {
inline constexpr size_t length = 4;  // of what follows the header
inline constexpr size_t next_header = 6;
inline constexpr size_t addresses = 8;
inline constexpr size_t header = 40;
}  // namespace ipv6

// RFC 9293, 3.1
namespace tcp {
inline constexpr uint8_t protocol = 6;
inline constexpr size_t sequence = 4;
inline constexpr size_t data_offset = 12;  // its upper four bits, in words of four bytes
inline constexpr size_t flags = 13;
inline constexpr size_t checksum = 16;
inline constexpr size_t header = 20;  // without options
inline constexpr size_t longest_header = 60;
inline constexpr uint8_t fin = 0x01;
inline constexpr uint8_t push = 0x08;
inline constexpr uint8_t ack = 0x10;
inline constexpr uint8_t window_reduced = 0x80;
}  // namespace tcp

/// Where they begin. All of them lie in the frame that they were found in.
struct TcpHeaders {
  bool is_ipv4 = false;
  size_t ip = 0;
  size_t tcp = 0;
  size_t data = 0;

  /// None unless a TCP header is at `tcp`, and what stands at `ip` is a header of that version
  /// whose end may be there.
  static std::optional<TcpHeaders> at(std::span<const std::byte> frame, bool is_ipv4, size_t ip,
                                      size_t tcp);
};

/// What IP's header says of the length becomes true, and its checksum, if it has one. False for a
/// frame that is too long for any.
bool set_ip_length(std::span<std::byte> frame, const TcpHeaders& headers);

/// Of the pseudo header of a segment that ends with the frame.
ChecksumSum pseudo_header(std::span<const std::byte> frame, const TcpHeaders& headers);

}  // namespace bulkhead::net
