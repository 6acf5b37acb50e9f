#include "bulkhead/net/vnet_header.hpp"

#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/bytes.hpp"

namespace bulkhead::net {
namespace {

/// VIRTIO_NET_HDR_F_NEEDS_CSUM. Another flag says that a checksum was looked at already.
constexpr uint8_t needs_checksum_flag = 1;

struct OnTheWire {
  uint8_t flags;
  uint8_t kind;
  uint16_t header_length;
  uint16_t segment_size;
  uint16_t checksum_start;
  uint16_t checksum_offset;
};
static_assert(sizeof(OnTheWire) == VnetHeader::size);

}  // namespace

std::optional<VnetHeader> VnetHeader::parse(std::span<const std::byte, size> bytes) {
  const auto raw = from_bytes<OnTheWire>(bytes);
  const auto kind = static_cast<Kind>(raw.kind);
  if (kind != Kind::frame && kind != Kind::tcp4 && kind != Kind::tcp6) return std::nullopt;
  return VnetHeader{.kind = kind,
                    .needs_checksum = (raw.flags & needs_checksum_flag) != 0,
                    .header_length = little_endian(raw.header_length),
                    .segment_size = little_endian(raw.segment_size),
                    .checksum_start = little_endian(raw.checksum_start),
                    .checksum_offset = little_endian(raw.checksum_offset)};
}

std::array<std::byte, VnetHeader::size> VnetHeader::encode() const {
  return to_bytes(OnTheWire{.flags = needs_checksum ? needs_checksum_flag : uint8_t{0},
                            .kind = static_cast<uint8_t>(kind),
                            .header_length = little_endian(header_length),
                            .segment_size = little_endian(segment_size),
                            .checksum_start = little_endian(checksum_start),
                            .checksum_offset = little_endian(checksum_offset)});
}

}  // namespace bulkhead::net
