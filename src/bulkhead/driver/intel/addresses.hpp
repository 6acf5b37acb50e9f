// Ethernet addresses as the receive filters of Intel's families take them.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/intel/bar.hpp"
#include "bulkhead/driver/nic.hpp"

namespace bulkhead::intel {

/// An address in the RAL and RAH registers' order, without the bit that makes it valid.
struct AddressWords {
  uint32_t low;
  uint32_t high;
};

/// Errors: `invalid_argument` for a multicast or zero address.
Result<AddressWords> to_words(const driver::MacAddress& station);

/// The address that a device read from its EEPROM. Errors: `hostile_device` if it is none that a
/// station can have.
Result<driver::MacAddress> from_words(AddressWords words);

/// The multicast table (MTA), with the hash of the address's bits 47:36, in which these addresses
/// are. Errors: `invalid_argument` for one that is no multicast address.
using MulticastTable = std::array<uint32_t, 128>;
Result<MulticastTable> multicast_table(std::span<const driver::MacAddress> addresses);

/// Checks further unicast addresses for `filters` of them. Errors: `no_memory` for more.
Result<> check_unicast(std::span<const driver::MacAddress> addresses, uint32_t filters);

/// The station address in a family's first pair of RAL and RAH. Errors: those of from_words().
template <class RAL, class RAH>
Result<driver::MacAddress> read_station_address(Bar& bar) {
  const AddressWords words{.low = bar.read<RAL>(0).bits(), .high = bar.read<RAH>(0).bits()};
  BULKHEAD_TRY(bar.health());
  return from_words(words);
}

/// Puts unicast addresses into the filters behind the station's by `write(index, address)`, and
/// empties the others. Errors: those of check_unicast(), and what `write` meets.
template <class RAH, class Write>
Result<> fill_unicast_filters(Bar& bar, std::span<const driver::MacAddress> addresses,
                              Write write) {
  BULKHEAD_TRY(check_unicast(addresses, RAH::count - 1));
  for (uint32_t i = 1; i < RAH::count; ++i) {
    if (i <= addresses.size()) {
      BULKHEAD_TRY(write(i, addresses[i - 1]));
    } else {
      bar.write(i, regs::Value<RAH>{});
    }
  }
  return bar.health();
}

}  // namespace bulkhead::intel
