#include "model/ixgbe/rx_filter.hpp"

#include <algorithm>

#include "bulkhead/base/bits.hpp"
#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/bytes.hpp"

#include "model/ixgbe/registers.hpp"

namespace bulkhead::model::ixgbe {
namespace {

constexpr uint64_t address_mask = 0xFFFF'FFFF'FFFF;
constexpr uint64_t group_bit = 1;
constexpr uint32_t fctrl_multicast_promiscuous = bit(8);
constexpr uint32_t fctrl_unicast_promiscuous = bit(9);
constexpr uint32_t fctrl_broadcast_accept = bit(10);
constexpr uint32_t rah_address_valid = bit(31);

}  // namespace

void RxFilter::refresh(const RegisterFile& registers) {
  fctrl_ = registers.get(reg::FCTRL);
  addresses_.clear();
  for (uint32_t i = 0; i < 128; ++i) {
    const uint32_t high = registers.get(reg::RAH + i * 8);
    if ((high & rah_address_valid) != 0)
      addresses_.push_back(registers.get(reg::RAL + i * 8) | static_cast<uint64_t>(high & 0xFFFFU)
                                                                 << 32U);
    multicast_.at(i) = registers.get(reg::MTA + i * 4);
    vlans_.at(i) = registers.get(reg::VFTA + i * 4);
  }
  const uint32_t mcstctrl = registers.get(reg::MCSTCTRL);
  multicast_filter_ = (mcstctrl & bit(2)) != 0;
  // MO selects bits 47:36, 46:35, 45:34 or 43:32 of the address (8.2.3.7.3).
  static constexpr std::array<unsigned, 4> shifts{36, 35, 34, 32};
  hash_shift_ = shifts[mcstctrl & 3U];
  const uint32_t vlnctrl = registers.get(reg::VLNCTRL);
  vlan_filter_ = (vlnctrl & bit(30)) != 0;
  vlan_type_ = static_cast<uint16_t>(vlnctrl);
}

bool RxFilter::accepts(std::span<const std::byte> frame) const {
  const uint64_t destination = little_endian(from_bytes<uint64_t>(frame)) & address_mask;
  return accepts_address(destination) && (!vlan_filter_ || accepts_vlan(frame));
}

bool RxFilter::accepts_address(uint64_t destination) const {
  if (destination == address_mask) return (fctrl_ & fctrl_broadcast_accept) != 0;
  const bool group = (destination & group_bit) != 0;
  if ((fctrl_ & (group ? fctrl_multicast_promiscuous : fctrl_unicast_promiscuous)) != 0)
    return true;
  if (std::ranges::find(addresses_, destination) != addresses_.end()) return true;
  if (!group || !multicast_filter_) return false;
  const auto hash = static_cast<uint32_t>(destination >> hash_shift_) & 0xFFFU;
  return (multicast_.at(hash / 32) & bit(hash % 32)) != 0;
}

bool RxFilter::accepts_vlan(std::span<const std::byte> frame) const {
  if (big_endian(from_bytes<uint16_t>(frame.subspan(12))) != vlan_type_) return true;
  const uint32_t id = big_endian(from_bytes<uint16_t>(frame.subspan(14))) & 0xFFFU;
  return (vlans_.at(id / 32) & bit(id % 32)) != 0;
}

}  // namespace bulkhead::model::ixgbe
