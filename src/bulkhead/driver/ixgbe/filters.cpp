#include "bulkhead/driver/ixgbe/filters.hpp"

#include <array>

#include <fmt/format.h>

namespace bulkhead::ixgbe {
namespace {

using driver::MacAddress;

constexpr uint8_t octet(uint32_t word, unsigned number) {
  return static_cast<uint8_t>(word >> (8 * number));
}

Result<> check_station_address(const MacAddress& address) {
  if (address == MacAddress{} || address.is_multicast())
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} is no address of a station", address.to_string()),
                "take a unicast address");
  return {};
}

// MCSTCTRL.MO = 00b: bits 47:36 of the address, the last octet being 47:40 (8.2.3.7.3). The upper
// seven bits choose the register of the table, the lower five its bit (8.2.3.7.7).
constexpr uint32_t multicast_hash(const MacAddress& address) {
  return (uint32_t{address.octets[4]} >> 4U) | (uint32_t{address.octets[5]} << 4U);
}

template <class R>
void clear_all(Bar& bar, uint32_t from = 0) {
  for (uint32_t i = from; i < R::count; ++i) bar.write(i, regs::Value<R>{});
}

/// 8.2.3.7.1: the receiver is off while its filters change.
template <class Change>
Result<> change_filters(Bar& bar, Change change) {
  const bool receiving = bar.read<RXCTRL>().has(rxctrl::RXEN());
  if (receiving) bar.clear(rxctrl::RXEN());
  change();
  if (receiving) bar.set(rxctrl::RXEN());
  return bar.health();
}

}  // namespace

Result<MacAddress> read_mac(Bar& bar) {
  const uint32_t low = bar.read<RAL>(0).bits();
  const uint32_t high = bar.read<RAH>(0).bits();
  BULKHEAD_TRY(bar.health());
  const MacAddress address{
      {octet(low, 0), octet(low, 1), octet(low, 2), octet(low, 3), octet(high, 0), octet(high, 1)}};
  if (!check_station_address(address))
    return fail(ErrorCode::hostile_device,
                fmt::format("the device's EEPROM says that its address is {}", address.to_string()),
                "its maker's tool can write a valid one");
  return address;
}

Result<> write_mac(Bar& bar, uint32_t index, const MacAddress& address) {
  BULKHEAD_TRY(check_station_address(address));
  const auto& o = address.octets;
  // The address counts while AV is set: off first, so that no mixture of two addresses matches.
  bar.write(index, regs::Value<RAH>{});
  bar.write(index, regs::Value<RAL>{uint32_t{o[0]} | uint32_t{o[1]} << 8U | uint32_t{o[2]} << 16U |
                                    uint32_t{o[3]} << 24U});
  bar.write(2 * index, regs::Value<MPSAR>{1});  // for pool 0, the only one
  bar.write(index, rah::ADDRESS(uint32_t{o[4]} | uint32_t{o[5]} << 8U) | rah::AV());
  return bar.health();
}

Result<> clear_filters(Bar& bar) {
  clear_all<RAH>(bar, 1);  // the first is the station's address
  bar.write(0, regs::Value<MPSAR>{1});
  clear_all<MPSAR>(bar, 1);
  clear_all<MTA>(bar);
  clear_all<VFTA>(bar);
  clear_all<PFUTA>(bar);
  clear_all<PFVLVF>(bar);
  clear_all<PFVLVFB>(bar);
  clear_all<FTQF>(bar);
  bar.clear(vlnctrl::VFE());
  bar.write(mcstctrl::MFE());
  bar.write(fctrl::BAM());
  return bar.health();
}

Result<> set_receive_modes(Bar& bar, ReceiveModes modes) {
  return change_filters(bar, [&] {
    auto fctrl = bar.read<FCTRL>();
    fctrl = fctrl.with(fctrl::UPE, modes.promiscuous ? 1 : 0);
    fctrl = fctrl.with(fctrl::MPE, modes.promiscuous || modes.all_multicast ? 1 : 0);
    bar.write(fctrl);
  });
}

Result<> set_multicast_addresses(Bar& bar, std::span<const MacAddress> addresses) {
  std::array<uint32_t, MTA::count> table{};
  for (const auto& address : addresses) {
    if (!address.is_multicast())
      return fail(ErrorCode::invalid_argument,
                  fmt::format("{} is no multicast address", address.to_string()));
    const uint32_t hash = multicast_hash(address);
    table[hash >> 5U] |= bit(hash & 31U);
  }
  return change_filters(bar, [&] {
    for (uint32_t i = 0; i < MTA::count; ++i) bar.write(i, regs::Value<MTA>{table[i]});
  });
}

Result<> set_unicast_addresses(Bar& bar, std::span<const MacAddress> addresses) {
  if (addresses.size() > RAH::count - 1)
    return fail(
        ErrorCode::no_memory,
        fmt::format("{} unicast addresses for {} filters", addresses.size(), RAH::count - 1),
        "receive promiscuously instead");
  for (const auto& address : addresses) BULKHEAD_TRY(check_station_address(address));
  for (uint32_t i = 1; i < RAH::count; ++i) {
    if (i <= addresses.size()) {
      BULKHEAD_TRY(write_mac(bar, i, addresses[i - 1]));
    } else {
      bar.write(i, regs::Value<RAH>{});
    }
  }
  return bar.health();
}

}  // namespace bulkhead::ixgbe
