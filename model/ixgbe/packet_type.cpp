#include "model/ixgbe/packet_type.hpp"

#include <array>

#include "bulkhead/base/bits.hpp"
#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/bytes.hpp"

#include "model/ixgbe/frame_sizes.hpp"

namespace bulkhead::model::ixgbe {
namespace {

constexpr uint32_t type_ipv4 = bit(0);
constexpr uint32_t type_ipv4_options = bit(1);
constexpr uint32_t type_ipv6 = bit(2);
constexpr uint32_t type_tcp = bit(4);
constexpr uint32_t type_udp = bit(5);
constexpr uint32_t type_sctp = bit(6);
constexpr uint32_t status_ip_checked = bit(6);
constexpr uint32_t error_ip = bit(11);

uint32_t layer_4(std::byte protocol) {
  switch (std::to_integer<unsigned>(protocol)) {
    case 6:
      return type_tcp;
    case 17:
      return type_udp;
    case 132:
      return type_sctp;
    default:
      return 0;
  }
}

constexpr std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int step = 0; step < 8; ++step)
      value = (value & 1U) != 0 ? value >> 1U ^ 0xEDB88320U : value >> 1U;
    table.at(i) = value;
  }
  return table;
}

}  // namespace

uint32_t checksum_add(uint32_t sum, std::span<const std::byte> bytes) {
  uint64_t wide = sum;
  for (; bytes.size() >= 2; bytes = bytes.subspan(2))
    wide += big_endian(from_bytes<uint16_t>(bytes));
  if (!bytes.empty()) wide += std::to_integer<uint32_t>(bytes[0]) << 8U;
  wide = (wide & 0xFFFFFFFFU) + (wide >> 32U);
  return static_cast<uint32_t>((wide & 0xFFFFU) + (wide >> 16U));
}

uint16_t checksum_fold(uint32_t sum) {
  sum = (sum & 0xFFFFU) + (sum >> 16U);
  sum = (sum & 0xFFFFU) + (sum >> 16U);
  return static_cast<uint16_t>(sum);
}

PacketType classify(std::span<const std::byte> frame) {
  const uint16_t ethertype = big_endian(from_bytes<uint16_t>(frame.subspan(12)));
  const auto packet = frame.subspan(ethernet_header);
  if (ethertype == 0x86DD) return {.type = type_ipv6 | layer_4(packet[6])};
  if (ethertype != 0x0800 || (packet[0] >> 4U) != std::byte{4}) return {};
  const size_t header = (std::to_integer<size_t>(packet[0]) & 0xFU) * 4;
  if (header < 20 || header > packet.size()) return {};
  PacketType result{.type = type_ipv4, .status = status_ip_checked};
  if (header > 20) result.type |= type_ipv4_options;
  const bool fragment = (big_endian(from_bytes<uint16_t>(packet.subspan(6))) & 0x3FFFU) != 0;
  if (!fragment) result.type |= layer_4(packet[9]);
  if (checksum_fold(checksum_add(0, packet.first(header))) != 0xFFFF) result.errors = error_ip;
  return result;
}

uint32_t ethernet_crc(std::span<const std::byte> frame) {
  static constexpr auto table = make_crc_table();
  uint32_t crc = ~0U;
  for (const std::byte b : frame)
    crc = table.at((crc ^ std::to_integer<uint32_t>(b)) & 0xFFU) ^ crc >> 8U;
  return little_endian(~crc);
}

}  // namespace bulkhead::model::ixgbe
