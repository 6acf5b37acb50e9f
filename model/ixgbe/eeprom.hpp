// The NVM's words, as software reads them through EERD (datasheet chapter 6).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace bulkhead::model::ixgbe {

using MacAddress = std::array<std::byte, 6>;

class Eeprom {
 public:
  explicit Eeprom(const MacAddress& mac);
  /// A word; 0xFFFF, as an erased one, outside of the EEPROM.
  [[nodiscard]] uint16_t word(uint32_t address) const {
    return address < words_.size() ? words_[address] : uint16_t{0xFFFF};
  }

 private:
  std::array<uint16_t, 4096> words_;
};

}  // namespace bulkhead::model::ixgbe
