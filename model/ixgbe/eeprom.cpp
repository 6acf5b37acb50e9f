#include "model/ixgbe/eeprom.hpp"

namespace bulkhead::model::ixgbe {
namespace {

constexpr uint32_t checksum_address = 0x3F;
constexpr uint16_t checksum_sum = 0xBABA;  // of words 0 to 0x3F (chapter 6)

// Where this EEPROM keeps what its pointers point at; the places are free to choose.
constexpr uint16_t phy_list = 0x100;
constexpr uint16_t module_kinds = 12;
constexpr uint16_t phy_sequence = 0x120;
constexpr uint16_t firmware = 0x200;
constexpr uint16_t pass_through = 0x220;

uint16_t pair(std::byte low, std::byte high) {
  return static_cast<uint16_t>(std::to_integer<uint16_t>(low) | std::to_integer<uint16_t>(high)
                                                                    << 8U);
}

}  // namespace

Eeprom::Eeprom(const MacAddress& mac) {
  words_.fill(0xFFFF);
  for (uint32_t i = 0; i < checksum_address; ++i) words_[i] = 0;
  words_[0x00] = pair(mac[0], mac[1]);
  words_[0x01] = pair(mac[2], mac[3]);
  words_[0x02] = pair(mac[4], mac[5]);
  for (uint32_t pointer = 0x03; pointer < 0x0F; ++pointer) words_[pointer] = 0xFFFF;
  words_[0x27] = 0xFFFF;  // no alternative SAN address
  words_[0x2C] = 0x0001;  // device capabilities: any SFP+ module is allowed
  words_[0x37] = 0xFFFF;  // no alternative MAC addresses

  // Software of SFP+ cards looks for the module's init sequence here (word 0x2B): a length, then
  // pairs of module kind and pointer; every kind has the empty sequence.
  words_[0x2B] = phy_list;
  words_[phy_list] = module_kinds * 2;
  for (uint16_t kind = 0; kind < module_kinds; ++kind) {
    words_[phy_list + kind * 2U + 1U] = kind;
    words_[phy_list + kind * 2U + 2U] = phy_sequence;
  }
  // ... and refuses cards whose pass-through firmware patch is older than version 6.
  words_[0x0F] = firmware;
  words_[firmware + 0x04U] = pass_through;
  words_[pass_through + 0x07U] = 0x0007;

  uint16_t sum = 0;
  for (uint32_t i = 0; i < checksum_address; ++i) sum = static_cast<uint16_t>(sum + words_[i]);
  words_[checksum_address] = static_cast<uint16_t>(checksum_sum - sum);
}

}  // namespace bulkhead::model::ixgbe
