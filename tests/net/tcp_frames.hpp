// TCP segments in Ethernet frames, made and checked without the code that cuts and joins them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bulkhead/net/vnet_header.hpp"

namespace bulkhead::net {

using Frame = std::vector<std::byte>;

struct TcpFrame {
  bool ipv4 = true;
  uint32_t sequence = 1000;
  uint8_t flags = 0x10;
  uint16_t identification = 7;
  uint8_t options = 12;  ///< bytes
  uint8_t timestamp = 1;
  uint8_t tags = 0;  ///< of VLANs
  Frame data{};

  [[nodiscard]] size_t ip() const { return 14U + 4U * tags; }
  [[nodiscard]] size_t tcp() const { return ip() + (ipv4 ? 20 : 40); }
  [[nodiscard]] size_t headers() const { return tcp() + 20 + options; }
};

inline uint16_t number_at(std::span<const std::byte> bytes, size_t at) {
  return static_cast<uint16_t>(std::to_integer<unsigned>(bytes[at]) << 8U |
                               std::to_integer<unsigned>(bytes[at + 1]));
}

inline void put_number(std::span<std::byte> bytes, size_t at, size_t number) {
  bytes[at] = static_cast<std::byte>(number >> 8U);
  bytes[at + 1] = static_cast<std::byte>(number);
}

/// RFC 1071 to the letter: a word after the other, the carry added at once.
inline uint16_t plain_sum(std::span<const std::byte> bytes, uint32_t sum = 0) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    sum += std::to_integer<uint32_t>(bytes[i]) << (i % 2 == 0 ? 8U : 0U);
    sum = (sum & 0xFFFFU) + (sum >> 16U);
  }
  while (sum > 0xFFFFU) sum = (sum & 0xFFFFU) + (sum >> 16U);
  return static_cast<uint16_t>(sum);
}

/// Of the addresses, the protocol and the length of what a frame has from its TCP header on.
inline uint16_t plain_pseudo_sum(const TcpFrame& what, std::span<const std::byte> frame) {
  const auto addresses =
      what.ipv4 ? frame.subspan(what.ip() + 12, 8) : frame.subspan(what.ip() + 8, 32);
  const auto length = static_cast<uint32_t>(frame.size() - what.tcp());
  return plain_sum({}, plain_sum(addresses) + 6U + length);
}

inline Frame random_bytes(size_t size, uint32_t seed) {
  Frame bytes(size);
  for (auto& byte : bytes) {
    seed = seed * 1664525U + 1013904223U;
    byte = static_cast<std::byte>(seed >> 24U);
  }
  return bytes;
}

/// `partial`: the checksum's place holds the pseudo header's sum, as the kernel leaves it.
inline Frame make_frame(const TcpFrame& what, bool partial = false) {
  Frame frame = random_bytes(what.headers(), 99);
  for (size_t tag = 0; tag < what.tags; ++tag) put_number(frame, 12 + 4 * tag, 0x8100);
  put_number(frame, what.ip() - 2, what.ipv4 ? 0x0800 : 0x86DD);
  frame.insert(frame.end(), what.data.begin(), what.data.end());
  const auto ip = std::span{frame}.subspan(what.ip());
  if (what.ipv4) {
    put_number(ip, 0, 0x4500);
    put_number(ip, 2, ip.size());
    put_number(ip, 4, what.identification);
    put_number(ip, 6, 0x4000);
    put_number(ip, 8, 0x4006);
    put_number(ip, 10, 0);
    put_number(ip, 10, 0xFFFFU - plain_sum(ip.first(20)));
  } else {
    put_number(ip, 0, 0x6000);
    put_number(ip, 4, ip.size() - 40);
    put_number(ip, 6, 0x0640);
  }
  const auto tcp = std::span{frame}.subspan(what.tcp());
  put_number(tcp, 4, what.sequence >> 16U);
  put_number(tcp, 6, what.sequence);
  tcp[12] = static_cast<std::byte>((20U + what.options) / 4U << 4U);
  tcp[13] = static_cast<std::byte>(what.flags);
  if (what.options != 0) tcp[20] = static_cast<std::byte>(what.timestamp);
  put_number(tcp, 16, plain_pseudo_sum(what, frame));
  if (partial) return frame;
  const unsigned checksum = 0xFFFFU - plain_sum(tcp);
  put_number(tcp, 16, checksum == 0 ? 0xFFFFU : checksum);
  return frame;
}

/// What the kernel says of such a frame, when it is to be cut into segments of so many bytes of
/// data.
inline VnetHeader header_of(const TcpFrame& what, size_t segment_size) {
  return {.kind = what.ipv4 ? VnetHeader::Kind::tcp4 : VnetHeader::Kind::tcp6,
          .needs_checksum = true,
          .header_length = static_cast<uint16_t>(what.headers()),
          .segment_size = static_cast<uint16_t>(segment_size),
          .checksum_start = static_cast<uint16_t>(what.tcp()),
          .checksum_offset = 16};
}

/// Lengths and checksums are true of this frame, which has the headers of `what`.
inline bool is_sound(const TcpFrame& what, std::span<const std::byte> frame) {
  const auto ip = frame.subspan(what.ip());
  if (what.ipv4 && (number_at(ip, 2) != ip.size() || plain_sum(ip.first(20)) != 0xFFFF))
    return false;
  if (!what.ipv4 && number_at(ip, 4) + 40U != ip.size()) return false;
  return plain_sum(frame.subspan(what.tcp()), plain_pseudo_sum(what, frame)) == 0xFFFF;
}

}  // namespace bulkhead::net
