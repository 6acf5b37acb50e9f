// Which frames the device receives: by destination address (datasheet 7.1.1.1).
#pragma once

#include <cstdint>
#include <span>

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/ixgbe/registers.hpp"
#include "bulkhead/driver/nic.hpp"

namespace bulkhead::ixgbe {

/// The station address that the device read from its EEPROM (RAL[0], RAH[0]). Errors:
/// `hostile_device` if it is none that a station can have.
Result<driver::MacAddress> read_mac(Bar& bar);
/// Writes receive address `index` (0 is the station's), valid and with its high half first off.
/// Errors: `invalid_argument` for a multicast or zero address.
Result<> write_mac(Bar& bar, uint32_t index, const driver::MacAddress& address);

/// Empties the address, multicast and VLAN tables, of which 4.6.7 leaves it to software that they
/// hold nothing, and receives broadcast frames besides the station's own.
Result<> clear_filters(Bar& bar);

/// What is received besides the chosen addresses.
struct ReceiveModes {
  bool promiscuous = false;    ///< everything
  bool all_multicast = false;  ///< every multicast frame
};
Result<> set_receive_modes(Bar& bar, ReceiveModes modes);
/// Receives the multicast addresses that hash like one of these, no others.
Result<> set_multicast_addresses(Bar& bar, std::span<const driver::MacAddress> addresses);
/// Receives these unicast addresses besides the station's. Errors: `no_memory` for more than 127.
Result<> set_unicast_addresses(Bar& bar, std::span<const driver::MacAddress> addresses);

}  // namespace bulkhead::ixgbe
