// Which frames the port takes: MAC address and VLAN filters (7.1.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/ixgbe/register_file.hpp"

namespace bulkhead::model::ixgbe {

class RxFilter {
 public:
  /// Takes over what the registers say now.
  void refresh(const RegisterFile& registers);
  /// For a frame of at least 60 bytes.
  [[nodiscard]] bool accepts(std::span<const std::byte> frame) const;

 private:
  [[nodiscard]] bool accepts_address(uint64_t destination) const;
  [[nodiscard]] bool accepts_vlan(std::span<const std::byte> frame) const;

  std::vector<uint64_t> addresses_;  ///< RAL and RAH with AV, in the frame's byte order
  std::array<uint32_t, 128> multicast_{};
  std::array<uint32_t, 128> vlans_{};
  unsigned hash_shift_ = 0;
  uint32_t fctrl_ = 0;
  bool multicast_filter_ = false;
  bool vlan_filter_ = false;
  uint16_t vlan_type_ = 0;
};

}  // namespace bulkhead::model::ixgbe
