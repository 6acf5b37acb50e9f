// The model's own book of the 82599's registers (datasheet chapter 8.2.3), which takes nothing from
// the driver: a test compares the two books. docs/datasheet.md says what confirms them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace bulkhead::model::ixgbe {

inline constexpr uint32_t bar0_size = 128U * 1024U;

enum class Access : uint8_t {
  read_only,
  write_only,
  read_write,
  read_to_clear,
  write_1_to_clear,
};

/// One line of the book: `count` registers, `stride` bytes apart. A register whose queues lie in
/// two blocks has two lines of the same name, the lower queue numbers first.
struct Register {
  std::string_view name;
  uint32_t offset;
  uint32_t count;
  uint32_t stride;
  Access access;
  uint32_t reset;
  uint32_t writable;         ///< bits that software can change
  std::string_view section;  ///< of the Intel 82599 10 GbE Controller Datasheet
};

/// A second address of registers that the book lists elsewhere.
struct Alias {
  std::string_view name;
  uint32_t offset;
  uint32_t count;
  uint32_t stride;
  uint32_t target_offset;
  uint32_t target_stride;
};

std::span<const Register> book();
std::span<const Alias> aliases();

/// The line that holds a register's offset, null if no register lies there.
const Register* find_register(uint32_t offset);
/// Where the register at `offset` really is, if `offset` is a second address of it.
uint32_t resolve_alias(uint32_t offset);

/// Offsets that the model's logic names.
namespace reg {
inline constexpr uint32_t CTRL = 0x00000;
inline constexpr uint32_t STATUS = 0x00008;
inline constexpr uint32_t CTRL_EXT = 0x00018;
inline constexpr uint32_t ESDP = 0x00020;
inline constexpr uint32_t I2CCTL = 0x00028;
inline constexpr uint32_t EICR = 0x00800;
inline constexpr uint32_t EICS = 0x00808;
inline constexpr uint32_t EIAC = 0x00810;
inline constexpr uint32_t EITR = 0x00820;
inline constexpr uint32_t EITR_HIGH = 0x12300;
inline constexpr uint32_t EIMS = 0x00880;
inline constexpr uint32_t EIMC = 0x00888;
inline constexpr uint32_t EIAM = 0x00890;
inline constexpr uint32_t GPIE = 0x00898;
inline constexpr uint32_t IVAR = 0x00900;
inline constexpr uint32_t IVAR_MISC = 0x00A00;
inline constexpr uint32_t EICS_EX = 0x00A90;
inline constexpr uint32_t EIMS_EX = 0x00AA0;
inline constexpr uint32_t EIMC_EX = 0x00AB0;
inline constexpr uint32_t EIAM_EX = 0x00AD0;
inline constexpr uint32_t RX_QUEUE = 0x01000;
inline constexpr uint32_t RX_QUEUE_HIGH = 0x0D000;
inline constexpr uint32_t RDRXCTL = 0x02F00;
inline constexpr uint32_t RXCTRL = 0x03000;
inline constexpr uint32_t HLREG0 = 0x04240;
inline constexpr uint32_t MSCA = 0x0425C;
inline constexpr uint32_t MSRWD = 0x04260;
inline constexpr uint32_t MAXFRS = 0x04268;
inline constexpr uint32_t AUTOC = 0x042A0;
inline constexpr uint32_t LINKS = 0x042A4;
inline constexpr uint32_t TXPBTHRESH = 0x04950;
inline constexpr uint32_t DMATXCTL = 0x04A80;
inline constexpr uint32_t DTXTCPFLGL = 0x04A88;
inline constexpr uint32_t DTXTCPFLGH = 0x04A8C;
inline constexpr uint32_t FCTRL = 0x05080;
inline constexpr uint32_t VLNCTRL = 0x05088;
inline constexpr uint32_t MCSTCTRL = 0x05090;
inline constexpr uint32_t MTA = 0x05200;
inline constexpr uint32_t MRQC = 0x05818;
inline constexpr uint32_t RETA = 0x05C00;
inline constexpr uint32_t RSSRK = 0x05C80;
inline constexpr uint32_t TX_QUEUE = 0x06000;
inline constexpr uint32_t SECTXCTRL = 0x08800;
inline constexpr uint32_t SECTXSTAT = 0x08804;
inline constexpr uint32_t SECRXCTRL = 0x08D00;
inline constexpr uint32_t SECRXSTAT = 0x08D04;
inline constexpr uint32_t VFTA = 0x0A000;
inline constexpr uint32_t RAL = 0x0A200;
inline constexpr uint32_t RAH = 0x0A204;
inline constexpr uint32_t FDIRCTRL = 0x0EE00;
inline constexpr uint32_t FDIRCMD = 0x0EE2C;
inline constexpr uint32_t EEC = 0x10010;
inline constexpr uint32_t EERD = 0x10014;
inline constexpr uint32_t SWSM = 0x10140;

// Within a queue's block of 64 bytes (8.2.3.8.1 to .7, 8.2.3.9.5 to .12).
inline constexpr uint32_t queue_stride = 0x40;
inline constexpr uint32_t base_low = 0x00;
inline constexpr uint32_t base_high = 0x04;
inline constexpr uint32_t length = 0x08;
inline constexpr uint32_t head = 0x10;
inline constexpr uint32_t srrctl = 0x14;  // rx only
inline constexpr uint32_t tail = 0x18;
inline constexpr uint32_t control = 0x28;
inline constexpr uint32_t write_back_low = 0x38;  // tx only
inline constexpr uint32_t write_back_high = 0x3C;
}  // namespace reg

inline constexpr uint32_t queue_count = 128;
constexpr uint32_t rx_queue_offset(uint32_t queue) {
  return queue < 64 ? reg::RX_QUEUE + queue * reg::queue_stride
                    : reg::RX_QUEUE_HIGH + (queue - 64) * reg::queue_stride;
}
constexpr uint32_t tx_queue_offset(uint32_t queue) {
  return reg::TX_QUEUE + queue * reg::queue_stride;
}

}  // namespace bulkhead::model::ixgbe
