// What registers do when they are read and written, beyond keeping a value.
#include <algorithm>

#include "bulkhead/base/bits.hpp"
#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/bytes.hpp"

#include "model/ixgbe/ixgbe_model.hpp"
#include "model/ixgbe/registers.hpp"

namespace bulkhead::model::ixgbe {
namespace {

constexpr uint32_t ctrl_master_disable = bit(2);
constexpr uint32_t ctrl_resets = bit(3) | bit(26);  // LRST and RST
constexpr uint32_t status_link_up = bit(7);
constexpr uint32_t status_master_enabled = bit(19);
constexpr uint32_t esdp_sdp2 = bit(2);
constexpr uint32_t esdp_sdp2_is_output = bit(10);
constexpr uint32_t links_up = bit(30) | bit(31) | bit(29) | bit(28);  // up, AN complete, 10 Gb/s
constexpr uint32_t links_10g_aligned = bit(17) | bit(7);
constexpr uint32_t eec_request = bit(6);
constexpr uint32_t eec_grant = bit(7);
constexpr uint32_t eerd_start = bit(0);
constexpr uint32_t eerd_done = bit(1);
constexpr uint32_t autoc_restart = bit(12);
// Of SECTXSTAT and SECRXSTAT: a card without IPsec (8.2.3.12), whose registers are then not there.
constexpr uint32_t security_off = bit(1);
constexpr uint32_t flow_director_ready = bit(3);
constexpr uint32_t flow_director_command = mask(1, 0);
constexpr uint32_t msca_command = bit(30);
constexpr uint32_t dmatxctl_enable = bit(0);
constexpr uint32_t txdctl_enable = bit(25);

bool is_statistic(const Register& line) {
  return line.access == Access::read_to_clear;
}

}  // namespace

uint32_t Ixgbe::status() const {
  uint32_t value = registers_.get(reg::STATUS) & ~(status_master_enabled | status_link_up);
  if ((registers_.get(reg::CTRL) & ctrl_master_disable) == 0) value |= status_master_enabled;
  if (link_up_) value |= status_link_up;
  return value;
}

/// SFP+ cards have the cage's "module is there" wired to SDP2, as long as that pin is an input.
uint32_t Ixgbe::module_presence() const {
  const bool input = (registers_.get(reg::ESDP) & esdp_sdp2_is_output) == 0;
  return options_.has_cage() && input ? esdp_sdp2 : 0;
}

bool Ixgbe::may_do_dma() const {
  return config_.may_do_dma() && (registers_.get(reg::CTRL) & ctrl_master_disable) == 0;
}

uint32_t Ixgbe::read_register(uint32_t offset) {
  offset = resolve_alias(offset);
  const Register* line = find_register(offset);
  if (line == nullptr) {
    trouble_.unknown_register(offset, false);
    return 0;
  }
  if (Interrupts::owns(offset)) return interrupts_.read(offset);
  if (is_statistic(*line)) return statistics_.read(offset).value_or(0);
  if (line->access == Access::write_only) return 0;
  switch (offset) {
    case reg::STATUS:
      return status();
    case reg::LINKS:
      look_at_link();
      return link_up_ ? links_up | links_10g_aligned : 0;
    case reg::ESDP:
      return registers_.get(offset) | module_presence();
    case reg::I2CCTL:
      return module_.read();
    case reg::SECTXSTAT:
      return security_off | (registers_.get(reg::SECTXCTRL) >> 1U & 1U);
    case reg::SECRXSTAT:
      return security_off | (registers_.get(reg::SECRXCTRL) >> 1U & 1U);
    case reg::SWSM: {
      // Reading SMBI takes the semaphore: it is set for the next reader (8.2.3.4.9).
      const uint32_t value = registers_.get(offset);
      registers_.set(offset, value | bit(0));
      return value;
    }
    default:
      return registers_.get(offset);
  }
}

void Ixgbe::write_register(uint32_t offset, uint32_t value) {
  offset = resolve_alias(offset);
  const Register* line = find_register(offset);
  if (line == nullptr) return trouble_.unknown_register(offset, true);
  if (Interrupts::owns(offset)) return interrupts_.write(offset, value);
  const uint32_t old = registers_.get(offset);
  switch (line->access) {
    case Access::read_only:
    case Access::read_to_clear:
      return;
    case Access::write_1_to_clear:
      registers_.set(offset, old & ~(value & line->writable));
      return;
    case Access::write_only:
      return;
    case Access::read_write:
      registers_.set(offset, (old & ~line->writable) | (value & line->writable));
      act_on(offset, value, value & ~old);
      return;
  }
}

void Ixgbe::act_on(uint32_t offset, uint32_t value, uint32_t raised) {
  switch (offset) {
    case reg::CTRL:
      // Both resets are over before software can look again.
      if ((value & ctrl_resets) != 0) reset_registers();
      break;
    case reg::I2CCTL:
      module_.write(value);
      break;
    case reg::EEC:
      // Software that asks for the EEPROM gets it at once: nobody else is there.
      registers_.set(offset, (registers_.get(offset) & ~eec_grant) |
                                 ((value & eec_request) != 0 ? eec_grant : 0));
      break;
    case reg::EERD:
      if ((value & eerd_start) != 0) {
        const uint32_t address = value >> 2U & 0x3FFFU;
        registers_.set(offset, static_cast<uint32_t>(eeprom_.word(address)) << 16U | address << 2U |
                                   eerd_done);
      }
      break;
    case reg::AUTOC:
      registers_.set(offset, registers_.get(offset) & ~autoc_restart);
      break;
    case reg::DMATXCTL:
      // Switching transmission on switches on its first queue.
      if ((raised & dmatxctl_enable) != 0) {
        const uint32_t control = reg::TX_QUEUE + reg::control;
        registers_.set(control, registers_.get(control) | txdctl_enable);
      }
      break;
    case reg::FDIRCTRL:
      registers_.set(offset, registers_.get(offset) | flow_director_ready);
      break;
    case reg::FDIRCMD:
      // A filter is taken and matches nothing: frames go where they go without it.
      registers_.set(offset, registers_.get(offset) & ~flow_director_command);
      break;
    case reg::MSCA:
      // There is no PHY on the MDIO bus: the command ends at once, data lines float high.
      if ((value & msca_command) != 0) {
        registers_.set(offset, registers_.get(offset) & ~msca_command);
        registers_.set(reg::MSRWD, registers_.get(reg::MSRWD) | 0xFFFF0000U);
      }
      break;
    default:
      break;
  }
}

void Ixgbe::read_bar0(uint64_t offset, std::span<std::byte> data) {
  if (offset % 4 != 0 || data.size() % 4 != 0) ++trouble_.partial_accesses;
  while (!data.empty()) {
    const auto value =
        to_bytes(little_endian(read_register(static_cast<uint32_t>(offset & ~3ULL))));
    const auto from = std::span{value}.subspan(offset % 4);
    const size_t here = std::min(from.size(), data.size());
    std::ranges::copy(from.first(here), data.begin());
    data = data.subspan(here);
    offset += here;
  }
}

void Ixgbe::write_bar0(uint64_t offset, std::span<const std::byte> data) {
  // The device takes whole registers only (chapter 8); other writes have no effect.
  if (offset % 4 != 0 || data.size() % 4 != 0) {
    ++trouble_.partial_accesses;
    return;
  }
  for (; !data.empty(); data = data.subspan(4), offset += 4)
    write_register(static_cast<uint32_t>(offset), little_endian(from_bytes<uint32_t>(data)));
}

}  // namespace bulkhead::model::ixgbe
