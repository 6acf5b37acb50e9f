// Ethernet addresses as the receive filters of Intel's families take them.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "bulkhead/base/error.hpp"
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

}  // namespace bulkhead::intel
