// What the transmitter changes in a frame when a descriptor asks for it: checksums and VLAN tags.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace bulkhead::model::ixgbe {

/// A context descriptor (7.2.3.2.3), which later data descriptors refer to.
struct Context {
  uint16_t vlan = 0;
  uint8_t mac_length = 0;
  uint16_t ip_length = 0;
  bool ipv4 = false;
  uint8_t l4_type = 0;  ///< TUCMD.L4T: 0 UDP, 1 TCP, 2 SCTP
  uint8_t l4_length = 0;
  uint16_t segment_size = 0;  ///< MSS: bytes of payload in a segment

  [[nodiscard]] bool is_udp() const { return l4_type == 0; }
  [[nodiscard]] bool is_tcp() const { return l4_type == 1; }
  static Context parse(uint64_t low, uint64_t high);
};

struct Offload {
  bool ip_checksum = false;
  bool l4_checksum = false;
  bool insert_vlan = false;
  bool legacy_checksum = false;
  bool segment = false;
  Context context;
  uint16_t checksum_start = 0;   ///< of a legacy descriptor: CSS
  uint16_t checksum_offset = 0;  ///< of a legacy descriptor: CSO

  [[nodiscard]] bool any() const {
    return ip_checksum || l4_checksum || insert_vlan || legacy_checksum || segment;
  }
};

/// Applies the checksums; false if one lies outside of the frame or cannot be made (SCTP).
bool apply_checksums(const Offload& offload, std::span<std::byte> frame);
/// Makes room for a tag in `buffer`, whose first `size` bytes are the frame, and fills it in.
/// The buffer is at least 4 bytes longer.
void insert_vlan_tag(std::span<std::byte> buffer, size_t size, uint16_t vlan);

}  // namespace bulkhead::model::ixgbe
