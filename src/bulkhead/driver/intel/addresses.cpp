#include "bulkhead/driver/intel/addresses.hpp"

#include <fmt/format.h>

#include "bulkhead/base/bits.hpp"

namespace bulkhead::intel {
namespace {

using driver::MacAddress;

constexpr uint8_t octet(uint32_t word, unsigned number) {
  return static_cast<uint8_t>(word >> (8 * number));
}

// Bits 47:36 of the address, the last octet being 47:40. The upper seven bits choose the register
// of the table, the lower five its bit.
constexpr uint32_t multicast_hash(const MacAddress& address) {
  return (uint32_t{address.octets[4]} >> 4U) | (uint32_t{address.octets[5]} << 4U);
}

}  // namespace

Result<AddressWords> to_words(const MacAddress& station) {
  BULKHEAD_TRY(check_station_address(station));
  const auto& o = station.octets;
  return AddressWords{
      .low = uint32_t{o[0]} | uint32_t{o[1]} << 8U | uint32_t{o[2]} << 16U | uint32_t{o[3]} << 24U,
      .high = uint32_t{o[4]} | uint32_t{o[5]} << 8U};
}

Result<MacAddress> from_words(AddressWords words) {
  const auto [low, high] = words;
  const MacAddress address{
      {octet(low, 0), octet(low, 1), octet(low, 2), octet(low, 3), octet(high, 0), octet(high, 1)}};
  if (!check_station_address(address))
    return fail(ErrorCode::hostile_device,
                fmt::format("the device's EEPROM says that its address is {}", address.to_string()),
                "its maker's tool can write a valid one");
  return address;
}

Result<MulticastTable> multicast_table(std::span<const MacAddress> addresses) {
  MulticastTable table{};
  for (const auto& address : addresses) {
    if (!address.is_multicast())
      return fail(ErrorCode::invalid_argument,
                  fmt::format("{} is no multicast address", address.to_string()));
    const uint32_t hash = multicast_hash(address);
    table[hash >> 5U] |= bit(hash & 31U);
  }
  return table;
}

Result<> check_unicast(std::span<const MacAddress> addresses, uint32_t filters) {
  if (addresses.size() > filters)
    return fail(ErrorCode::no_memory,
                fmt::format("{} unicast addresses for {} filters", addresses.size(), filters),
                "receive promiscuously instead");
  for (const auto& address : addresses) BULKHEAD_TRY(check_station_address(address));
  return {};
}

}  // namespace bulkhead::intel
