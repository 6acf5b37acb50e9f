// What stands before each packet that a TAP interface hands over or takes: what is left to do of
// it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace bulkhead::net {

/// VIRTIO 1.2, 5.1.6: struct virtio_net_hdr, without num_buffers, which is for rings alone.
struct VnetHeader {
  static constexpr size_t size = 10;
  enum class Kind : uint8_t {
    frame = 0,  ///< as it goes on the wire
    tcp4 = 1,   ///< a TCP segment to be cut into smaller ones
    tcp6 = 4,
  };

  Kind kind = Kind::frame;
  /// The checksum lacks the bytes from checksum_start on.
  bool needs_checksum = false;
  uint16_t header_length = 0;  ///< of a segment; a hint (5.1.6.2)
  uint16_t segment_size = 0;   ///< bytes of a smaller segment's data
  uint16_t checksum_start = 0;
  uint16_t checksum_offset = 0;  ///< from checksum_start

  /// None for kinds that nobody has asked for. Nothing is said of where the places lie.
  [[nodiscard]] static std::optional<VnetHeader> parse(std::span<const std::byte, size> bytes);
  [[nodiscard]] std::array<std::byte, size> encode() const;
};

}  // namespace bulkhead::net
