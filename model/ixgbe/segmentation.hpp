// What the transmitter makes of one request to segment (7.2.4): frames with the same headers, but
// for lengths, sequence numbers, flags and checksums, each with a piece of the payload.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "model/ixgbe/tx_offload.hpp"

namespace bulkhead::model::ixgbe {

/// The largest request: headers and a payload whose length has 18 bits.
inline constexpr size_t largest_request = (size_t{1} << 18U) + 1024;

/// Which TCP flags stay in the first segment, in those between, and in the last (DTXTCPFLGL and
/// DTXTCPFLGH, 8.2.3.9.3 and .4).
struct TcpFlags {
  uint16_t first = 0xFFF;
  uint16_t middle = 0xFFF;
  uint16_t last = 0xFFF;
};

class Segmentation {
 public:
  /// Nothing if the headers do not fit into the request, or a segment not into a frame. Both spans
  /// and the flags are the caller's to keep.
  static std::optional<Segmentation> plan(const Offload& offload,
                                          std::span<const std::byte> request);

  [[nodiscard]] uint32_t count() const { return count_; }
  /// Puts segment `index` (below count()) at the beginning of `frame`, which has room for
  /// maximum_frame bytes; returns its size.
  size_t make(uint32_t index, const TcpFlags& flags, std::span<std::byte> frame) const;

 private:
  Segmentation(const Offload& offload, std::span<const std::byte> headers,
               std::span<const std::byte> payload, uint32_t count)
      : offload_(offload), headers_(headers), payload_(payload), count_(count) {}
  void adapt_ip(uint32_t index, std::span<std::byte> frame) const;
  void adapt_tcp(uint32_t index, const TcpFlags& flags, std::span<std::byte> l4) const;

  Offload offload_;
  std::span<const std::byte> headers_;
  std::span<const std::byte> payload_;
  uint32_t count_;
};

}  // namespace bulkhead::model::ixgbe
