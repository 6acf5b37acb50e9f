// Which frames the device receives: by destination address (datasheet 7.1.1).
#pragma once

#include <cstdint>
#include <span>

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/e1000e/registers.hpp"
#include "bulkhead/driver/nic.hpp"

namespace bulkhead::e1000e {

/// The station address that the device read from its EEPROM (RAL[0], RAH[0]). Errors:
/// `hostile_device` if it is none that a station can have.
Result<driver::MacAddress> read_mac(Bar& bar);
/// Writes receive address `index` (0 is the station's), valid and with its high half first off.
/// Errors: `invalid_argument` for a multicast or zero address.
Result<> write_mac(Bar& bar, uint32_t index, const driver::MacAddress& address);

/// Empties the address, multicast and VLAN tables; the station's address stays.
Result<> clear_filters(Bar& bar);

/// Receives everything, or every multicast frame, besides the chosen addresses.
Result<> set_receive_modes(Bar& bar, bool promiscuous, bool all_multicast);
/// Receives the multicast addresses that hash like one of these, no others.
Result<> set_multicast_addresses(Bar& bar, std::span<const driver::MacAddress> addresses);
/// Receives these unicast addresses besides the station's. Errors: `no_memory` for more than 15.
Result<> set_unicast_addresses(Bar& bar, std::span<const driver::MacAddress> addresses);

}  // namespace bulkhead::e1000e
