// The bytes are VIRTIO 1.2's, 5.1.6: flags, gso_type, hdr_len, gso_size, csum_start, csum_offset.
#include "bulkhead/net/vnet_header.hpp"

#include <gtest/gtest.h>

namespace bulkhead::net {
namespace {

using HeaderBytes = std::array<std::byte, VnetHeader::size>;

template <typename... Numbers>
constexpr HeaderBytes header_bytes(Numbers... numbers) {
  return {static_cast<std::byte>(numbers)...};
}

/// VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV6
constexpr auto tcp6_bytes = header_bytes(1, 4, 0x02, 0x01, 0x04, 0x03, 0x06, 0x05, 0x08, 0x07);

TEST(VnetHeader, IsReadAndWrittenAsTheStandardHasIt) {
  const auto header = VnetHeader::parse(tcp6_bytes);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->kind, VnetHeader::Kind::tcp6);
  EXPECT_TRUE(header->needs_checksum);
  EXPECT_EQ(header->header_length, 0x0102);
  EXPECT_EQ(header->segment_size, 0x0304);
  EXPECT_EQ(header->checksum_start, 0x0506);
  EXPECT_EQ(header->checksum_offset, 0x0708);
  EXPECT_EQ(header->encode(), tcp6_bytes);
}

TEST(VnetHeader, SaysNothingOfAPlainFrame) {
  EXPECT_EQ(VnetHeader{}.encode(), HeaderBytes{});
  // VIRTIO_NET_HDR_F_DATA_VALID
  const auto header = VnetHeader::parse(header_bytes(2, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->kind, VnetHeader::Kind::frame);
  EXPECT_FALSE(header->needs_checksum);
}

TEST(VnetHeader, KindsThatNobodyAskedForAreRefused) {
  for (unsigned kind = 0; kind < 256; ++kind) {
    auto bytes = tcp6_bytes;
    bytes[1] = static_cast<std::byte>(kind);
    // VIRTIO_NET_HDR_GSO_NONE, _TCPV4, _TCPV6
    EXPECT_EQ(VnetHeader::parse(bytes).has_value(), kind == 0 || kind == 1 || kind == 4) << kind;
  }
}

}  // namespace
}  // namespace bulkhead::net
