// An SFP+ module's identification EEPROM (SFF-8472) on the I2C bus that software drives by hand
// through I2CCTL (8.2.3.1.5).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace bulkhead::model::ixgbe {

class SfpModule {
 public:
  SfpModule();
  /// I2CCTL was written: bit 1 drives the clock, bit 3 the data line (1 lets it float high).
  void write(uint32_t value);
  /// I2CCTL as it reads: bits 0 and 2 are the lines, bits 1 and 3 what software drives.
  [[nodiscard]] uint32_t read() const;

 private:
  enum class State : uint8_t { idle, address, word, receive, send };
  void start();
  void clock_rose();
  void clock_fell();
  void byte_received();

  std::array<std::byte, 256> memory_{};
  bool clock_ = true;
  bool host_data_ = true;
  bool module_data_ = true;  ///< false: the module pulls the line low
  State state_ = State::idle;
  State next_ = State::idle;  ///< after the acknowledgement
  unsigned bits_ = 0;         ///< of the byte on the wire, the ninth is the acknowledgement
  uint8_t shift_ = 0;         ///< what the host sends
  uint8_t out_ = 0;           ///< what the module sends
  uint8_t pointer_ = 0;
  bool acknowledged_ = false;
};

}  // namespace bulkhead::model::ixgbe
