// The function's PCI configuration space (datasheet chapter 9): header, power management, MSI,
// MSI-X and PCI Express capabilities.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace bulkhead::model::ixgbe {

class ConfigSpace {
 public:
  static constexpr size_t size = 4096;
  static constexpr uint32_t msix_vectors = 64;

  explicit ConfigSpace(uint16_t device_id);

  /// Both trap outside of the space; the caller has checked the range.
  void read(uint64_t offset, std::span<std::byte> data) const;
  /// True if the function is to be reset: software asked for a function-level reset (PCI Express
  /// device control, bit 15), or took the function from power state D3 back to D0.
  [[nodiscard]] bool write(uint64_t offset, std::span<const std::byte> data);

  /// Command register bit 2, in power state D0: the function may do DMA.
  [[nodiscard]] bool may_do_dma() const;
  void reset();

 private:
  void put16(size_t offset, uint16_t value, uint16_t writable = 0);
  void put32(size_t offset, uint32_t value, uint32_t writable = 0);
  void put_capabilities();
  [[nodiscard]] std::byte power_state() const;

  uint16_t device_id_;
  std::array<std::byte, size> bytes_{};
  std::array<std::byte, size> writable_{};
};

}  // namespace bulkhead::model::ixgbe
