#include "model/ixgbe/tx_offload.hpp"

#include <algorithm>

#include "bulkhead/base/bits.hpp"
#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/bytes.hpp"

#include "model/ixgbe/packet_type.hpp"

namespace bulkhead::model::ixgbe {
namespace {

/// Puts the complement of the sum over frame[start, end) at `at`.
bool put_checksum(std::span<std::byte> frame, size_t start, size_t end, size_t at, bool udp) {
  if (start >= end || end > frame.size() || at + 2 > frame.size()) return false;
  auto sum =
      static_cast<uint16_t>(~checksum_fold(checksum_add(0, frame.subspan(start, end - start))));
  if (udp && sum == 0) sum = 0xFFFF;  // RFC 768: zero means none
  std::ranges::copy(to_bytes(big_endian(sum)), frame.subspan(at, 2).begin());
  return true;
}

}  // namespace

Context Context::parse(uint64_t low, uint64_t high) {
  return {.vlan = static_cast<uint16_t>(low >> 16U),
          .mac_length = static_cast<uint8_t>(low >> 9U & 0x7FU),
          .ip_length = static_cast<uint16_t>(low & 0x1FFU),
          .ipv4 = (high & bit64(10)) != 0,
          .l4_type = static_cast<uint8_t>(high >> 11U & 3U),
          .l4_length = static_cast<uint8_t>(high >> 40U),
          .segment_size = static_cast<uint16_t>(high >> 48U)};
}

bool apply_checksums(const Offload& offload, std::span<std::byte> frame) {
  const size_t ip = offload.context.mac_length;
  const size_t l4 = ip + offload.context.ip_length;
  if (offload.legacy_checksum &&
      !put_checksum(frame, offload.checksum_start, frame.size(), offload.checksum_offset, false))
    return false;
  if (offload.ip_checksum) {
    if (ip + 12 > frame.size()) return false;
    std::ranges::fill(frame.subspan(ip + 10, 2), std::byte{0});
    if (!put_checksum(frame, ip, l4, ip + 10, false)) return false;
  }
  if (!offload.l4_checksum) return true;
  if (!offload.context.is_udp() && !offload.context.is_tcp()) return false;
  // Software has put the pseudo header's sum into the field (7.2): it is part of the sum.
  const bool udp = offload.context.is_udp();
  return put_checksum(frame, l4, frame.size(), l4 + (udp ? 6 : 16), udp);
}

void insert_vlan_tag(std::span<std::byte> buffer, size_t size, uint16_t vlan) {
  const auto tail = buffer.subspan(12, size - 12);
  std::ranges::copy_backward(tail, buffer.subspan(16, size - 12).end());
  std::ranges::copy(to_bytes(big_endian(uint16_t{0x8100})), buffer.subspan(12, 2).begin());
  std::ranges::copy(to_bytes(big_endian(vlan)), buffer.subspan(14, 2).begin());
}

}  // namespace bulkhead::model::ixgbe
