#include "bulkhead/driver/e1000e/filters.hpp"

#include "bulkhead/driver/intel/addresses.hpp"

namespace bulkhead::e1000e {

using driver::MacAddress;

Result<MacAddress> read_mac(Bar& bar) {
  return intel::read_station_address<RAL, RAH>(bar);
}

Result<> write_mac(Bar& bar, uint32_t index, const MacAddress& address) {
  BULKHEAD_TRY_ASSIGN(const auto words, intel::to_words(address));
  // The address counts while AV is set: off first, so that no mixture of two addresses matches.
  bar.write(index, regs::Value<RAH>{});
  bar.write(index, regs::Value<RAL>{words.low});
  bar.write(index, rah::ADDRESS(words.high) | rah::AV());
  return bar.health();
}

Result<> clear_filters(Bar& bar) {
  for (uint32_t i = 1; i < RAH::count; ++i) bar.write(i, regs::Value<RAH>{});
  for (uint32_t i = 0; i < MTA::count; ++i) bar.write(i, regs::Value<MTA>{});
  for (uint32_t i = 0; i < VFTA::count; ++i) bar.write(i, regs::Value<VFTA>{});
  return bar.health();
}

Result<> set_receive_modes(Bar& bar, bool promiscuous, bool all_multicast) {
  const auto rctl = bar.read<RCTL>();
  bar.write(rctl.with(rctl::UPE, promiscuous ? 1 : 0)
                .with(rctl::MPE, promiscuous || all_multicast ? 1 : 0));
  return bar.health();
}

Result<> set_multicast_addresses(Bar& bar, std::span<const MacAddress> addresses) {
  // RCTL.MO = 00b chooses the bits of the hash.
  BULKHEAD_TRY_ASSIGN(const auto table, intel::multicast_table(addresses));
  for (uint32_t i = 0; i < MTA::count; ++i) bar.write(i, regs::Value<MTA>{table[i]});
  return bar.health();
}

Result<> set_unicast_addresses(Bar& bar, std::span<const MacAddress> addresses) {
  return intel::fill_unicast_filters<RAH>(
      bar, addresses,
      [&](uint32_t i, const MacAddress& address) { return write_mac(bar, i, address); });
}

}  // namespace bulkhead::e1000e
