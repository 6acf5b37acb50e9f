#include "bulkhead/driver/ixgbe/filters.hpp"

#include "bulkhead/driver/intel/addresses.hpp"

namespace bulkhead::ixgbe {
namespace {

using driver::MacAddress;

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
  return intel::read_station_address<RAL, RAH>(bar);
}

Result<> write_mac(Bar& bar, uint32_t index, const MacAddress& address) {
  BULKHEAD_TRY_ASSIGN(const auto words, intel::to_words(address));
  // The address counts while AV is set: off first, so that no mixture of two addresses matches.
  bar.write(index, regs::Value<RAH>{});
  bar.write(index, regs::Value<RAL>{words.low});
  bar.write(2 * index, regs::Value<MPSAR>{1});  // for pool 0, the only one
  bar.write(index, rah::ADDRESS(words.high) | rah::AV());
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
  // MCSTCTRL.MO = 00b (8.2.3.7.3) chooses the bits of the hash.
  BULKHEAD_TRY_ASSIGN(const auto table, intel::multicast_table(addresses));
  return change_filters(bar, [&] {
    for (uint32_t i = 0; i < MTA::count; ++i) bar.write(i, regs::Value<MTA>{table[i]});
  });
}

Result<> set_unicast_addresses(Bar& bar, std::span<const MacAddress> addresses) {
  return intel::fill_unicast_filters<RAH>(
      bar, addresses,
      [&](uint32_t i, const MacAddress& address) { return write_mac(bar, i, address); });
}

}  // namespace bulkhead::ixgbe
