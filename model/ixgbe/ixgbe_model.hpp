// An Intel 82599 as a device model, with a wire in its port.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "bulkhead/base/error.hpp"

#include "model/device.hpp"
#include "model/dma_space.hpp"
#include "model/ixgbe/config_space.hpp"
#include "model/ixgbe/eeprom.hpp"
#include "model/ixgbe/engine.hpp"
#include "model/ixgbe/interrupts.hpp"
#include "model/ixgbe/register_file.hpp"
#include "model/ixgbe/rx_engine.hpp"
#include "model/ixgbe/sfp_module.hpp"
#include "model/ixgbe/statistics.hpp"
#include "model/ixgbe/trouble.hpp"
#include "model/ixgbe/tx_engine.hpp"
#include "model/wire.hpp"

namespace bulkhead::model::ixgbe {

struct Options {
  uint16_t device_id = 0x10FB;  ///< SFP+; 0x10F7 is the KX4 backplane, without a module to ask
  /// Locally administered, as nobody sold this card.
  MacAddress mac{std::byte{0x02}, std::byte{0x42}, std::byte{0x68},
                 std::byte{0x00}, std::byte{0x00}, std::byte{0x01}};
  Spread spread = Spread::queue_0;
  /// Lets no page of registers be mapped: every access is a message, and has all its effects.
  bool trap = false;

  [[nodiscard]] bool has_cage() const { return device_id == 0x10FB; }
};

class Ixgbe final : public Device {
 public:
  Ixgbe(const Options& options, RegisterFile registers, std::unique_ptr<Wire> wire);

  [[nodiscard]] Region region(uint32_t index) const override;
  Result<> read_region(uint32_t index, uint64_t offset, std::span<std::byte> data) override;
  Result<> write_region(uint32_t index, uint64_t offset, std::span<const std::byte> data) override;

  [[nodiscard]] uint32_t interrupt_count(uint32_t kind) const override;
  void set_interrupt(uint32_t kind, uint32_t number, OwnedFd eventfd) override;

  Result<> map_dma(uint64_t address, uint64_t size, uint32_t flags, OwnedFd fd,
                   uint64_t fd_offset) override;
  Result<> unmap_dma(uint64_t address, uint64_t size) override;
  void unmap_all_dma() override;

  void reset() override;
  void disconnected() override;
  bool work() override;
  [[nodiscard]] int wake_fd() const override { return rx_.blocked() ? -1 : wire_->wake_fd(); }
  [[nodiscard]] std::string report() const override;

  [[nodiscard]] Wire& wire() { return *wire_; }
  [[nodiscard]] const Trouble& trouble() const { return trouble_; }

 private:
  void reset_registers();
  void refresh();
  void refresh_soon() { turns_to_refresh_ = 0; }
  void look_at_link();
  void plug();
  [[nodiscard]] uint32_t read_register(uint32_t offset);
  void write_register(uint32_t offset, uint32_t value);
  /// What a written register does besides keeping its value; `raised` are the bits that the write
  /// has set and that were not set before.
  void act_on(uint32_t offset, uint32_t value, uint32_t raised);
  [[nodiscard]] uint32_t status() const;
  [[nodiscard]] uint32_t module_presence() const;
  [[nodiscard]] bool may_do_dma() const;
  void read_bar0(uint64_t offset, std::span<std::byte> data);
  void write_bar0(uint64_t offset, std::span<const std::byte> data);

  Options options_;
  std::unique_ptr<Wire> wire_;
  std::unique_ptr<Wire> loopback_;  ///< in its place while HLREG0.LPBK is set
  RegisterFile registers_;
  ConfigSpace config_;
  Eeprom eeprom_;
  SfpModule module_;
  DmaSpace dma_;
  Statistics statistics_;
  Interrupts interrupts_;
  Trouble trouble_;
  RxEngine rx_;
  TxEngine tx_;
  std::array<std::byte, 16 * 1024> msix_table_{};
  uint32_t turns_to_refresh_ = 0;
  bool link_up_ = false;
  bool dma_allowed_ = false;
};

/// Makes the device; errors: what its memory could not be had for, `invalid_argument` without a
/// wire.
Result<std::unique_ptr<Ixgbe>> make_ixgbe(const Options& options, std::unique_ptr<Wire> wire);

}  // namespace bulkhead::model::ixgbe
