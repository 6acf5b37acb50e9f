// The statistics registers (8.2.3.23): counted as 64-bit numbers, read through 32-bit registers
// that clear what was read.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace bulkhead::model::ixgbe {

/// Counters, and the first of each group of 16 or 8 that a queue or packet buffer selects.
enum class Counter : uint8_t {
  gprc,
  bprc,
  mprc,
  gptc,
  mptc,
  bptc,
  gorc,
  gotc,
  tor,
  tpr,
  tpt,
  ruc,
  roc,
  rfc,
  crcerrs,
  prc_sizes,                  // 6: 64, 127, 255, 511, 1023, 1522 and above
  ptc_sizes = prc_sizes + 6,  // 6
  mpc = ptc_sizes + 6,        // 8
  qprc = mpc + 8,             // 16
  qprdc = qprc + 16,          // 16
  qptc = qprdc + 16,          // 16
  qbrc = qptc + 16,           // 16
  qbtc = qbrc + 16,           // 16
  rxnfgpc = qbtc + 16,
  rxnfgbc,
  rxdgpc,
  rxdgbc,
  txdgpc,
  txdgbc,
  count,
};

class Statistics {
 public:
  void add(Counter counter, uint64_t n = 1, uint32_t index = 0) {
    values_[(static_cast<size_t>(counter) + index) % values_.size()] += n;
  }
  [[nodiscard]] uint64_t value(Counter counter, uint32_t index = 0) const {
    return values_[(static_cast<size_t>(counter) + index) % values_.size()];
  }
  /// A good frame, its length on the wire (with CRC); counts sizes and kinds of addresses.
  void received(std::span<const std::byte> frame, uint64_t wire_length);
  void transmitted(std::span<const std::byte> frame, uint64_t wire_length);

  /// Reads the statistics register at `offset` and clears it; nothing if there is none.
  std::optional<uint32_t> read(uint32_t offset);
  void reset() { values_ = {}; }

 private:
  std::array<uint64_t, static_cast<size_t>(Counter::count)> values_{};
};

}  // namespace bulkhead::model::ixgbe
