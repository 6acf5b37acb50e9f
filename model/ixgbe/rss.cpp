#include "model/ixgbe/rss.hpp"

#include <algorithm>
#include <array>

#include "bulkhead/base/bits.hpp"
#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/bytes.hpp"

#include "model/ixgbe/frame_sizes.hpp"
#include "model/ixgbe/packet_type.hpp"
#include "model/ixgbe/registers.hpp"

namespace bulkhead::model::ixgbe {
namespace {

// MRQC's RSS field enable bits (8.2.3.7.12).
constexpr uint32_t tcp_ipv4 = bit(16);
constexpr uint32_t ipv4 = bit(17);
constexpr uint32_t ipv6 = bit(20);
constexpr uint32_t tcp_ipv6 = bit(21);
constexpr uint32_t udp_ipv4 = bit(22);
constexpr uint32_t udp_ipv6 = bit(23);
// The classifier's bits.
constexpr uint32_t is_ipv4 = bit(0);
constexpr uint32_t is_ipv6 = bit(2);
constexpr uint32_t is_tcp = bit(4);
constexpr uint32_t is_udp = bit(5);

struct Input {
  std::span<const std::byte> addresses;
  std::span<const std::byte> ports;
  uint32_t type = 0;
};

Input input_of(std::span<const std::byte> frame, uint32_t fields) {
  const uint32_t kind = classify(frame).type;
  const auto packet = frame.subspan(ethernet_header);
  const bool four = (kind & is_ipv4) != 0;
  if (!four && (kind & is_ipv6) == 0) return {};
  const size_t header = four ? (std::to_integer<size_t>(packet[0]) & 0xFU) * 4 : 40;
  const bool tcp = (kind & is_tcp) != 0 && (fields & (four ? tcp_ipv4 : tcp_ipv6)) != 0;
  const bool udp = (kind & is_udp) != 0 && (fields & (four ? udp_ipv4 : udp_ipv6)) != 0;
  Input input{.addresses = four ? packet.subspan(12, 8) : packet.subspan(8, 32), .ports = {}};
  if ((tcp || udp) && packet.size() >= header + 4) {
    input.ports = packet.subspan(header, 4);
    input.type = four ? (tcp ? 1U : 7U) : (tcp ? 3U : 8U);
  } else if ((fields & (four ? ipv4 : ipv6)) != 0) {
    input.type = four ? 2 : 5;
  }
  return input;
}

}  // namespace

RssHash rss_hash(const RegisterFile& registers, std::span<const std::byte> frame) {
  const Input input = input_of(frame, registers.get(reg::MRQC));
  if (input.type == 0) return {};
  std::array<std::byte, 40> key;
  for (uint32_t at = 0; at < key.size(); at += 4)
    std::ranges::copy(to_bytes(little_endian(registers.get(reg::RSSRK + at))),
                      std::span{key}.subspan(at, 4).begin());
  uint32_t hash = 0;
  uint32_t window = big_endian(from_bytes<uint32_t>(key));
  size_t position = 4;
  const auto add = [&](std::byte value) {
    const std::byte next = key.at(position++);
    for (unsigned i = 8; i-- > 0;) {
      if ((std::to_integer<uint32_t>(value) >> i & 1U) != 0) hash ^= window;
      window = window << 1U | (std::to_integer<uint32_t>(next) >> i & 1U);
    }
  };
  std::ranges::for_each(input.addresses, add);
  std::ranges::for_each(input.ports, add);
  const uint32_t entry = registers.get(reg::RETA + hash % 128 / 4 * 4) >> (hash % 4 * 8);
  return {.value = hash, .type = input.type, .queue = entry & 0xFU};
}

}  // namespace bulkhead::model::ixgbe
