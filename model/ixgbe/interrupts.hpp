// Interrupt causes, masks, and their way to the client's eventfds (7.3 and 8.2.3.5).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "bulkhead/base/owned_fd.hpp"

#include "model/ixgbe/config_space.hpp"
#include "model/ixgbe/register_file.hpp"

namespace bulkhead::model::ixgbe {

/// With MSI-X, IVAR gives a queue one of 64 vectors, and each vector its own cause and mask bit
/// (EIMS_EX; the low 16 are EIMS's and EICR's low bits as well). Without it IVAR selects one of
/// EICR's low 16 bits, and there is one interrupt, MSI or INTx.
class Interrupts {
 public:
  explicit Interrupts(RegisterFile& registers) : registers_(registers) {}

  [[nodiscard]] static uint32_t count(uint32_t kind);
  void set_eventfd(uint32_t kind, uint32_t number, OwnedFd eventfd);
  void drop_eventfds();

  /// Registers that are more than memory: EICR, EICS, EIMS, EIMC and their extensions.
  [[nodiscard]] static bool owns(uint32_t offset);
  [[nodiscard]] uint32_t read(uint32_t offset);
  void write(uint32_t offset, uint32_t value);

  void rx_done(uint32_t queue) { queue_cause(queue, 0); }
  void tx_done(uint32_t queue) { queue_cause(queue, 8); }
  void link_changed();
  /// Sends what throttling held back, once its time has come.
  void send_delayed();
  [[nodiscard]] bool delayed() const { return delayed_ != 0; }

  void reset();

 private:
  using Clock = std::chrono::steady_clock;

  void queue_cause(uint32_t queue, uint32_t direction_shift);
  void raise_vectors(uint64_t vectors);
  void raise_others(uint32_t causes);
  void enable(uint64_t vectors, uint32_t others);
  void clear_causes(uint32_t causes);
  void request(uint32_t vector);
  void fire(uint32_t vector);
  void signal_other();
  [[nodiscard]] bool msix_mode() const;
  [[nodiscard]] std::chrono::microseconds interval(uint32_t vector) const;

  RegisterFile& registers_;
  uint64_t pending_ = 0;  ///< by vector
  uint64_t enabled_ = 0;
  uint64_t delayed_ = 0;
  uint32_t other_pending_ = 0;  ///< EICR bits 30:16
  uint32_t other_enabled_ = 0;
  std::array<Clock::time_point, ConfigSpace::msix_vectors> earliest_{};
  std::array<OwnedFd, ConfigSpace::msix_vectors> msix_;
  OwnedFd msi_;
  OwnedFd intx_;
};

}  // namespace bulkhead::model::ixgbe
