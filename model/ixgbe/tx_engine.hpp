// From the client's transmit descriptors onto the wire (7.2).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/ixgbe/engine.hpp"
#include "model/ixgbe/segmentation.hpp"
#include "model/ixgbe/tx_offload.hpp"

namespace bulkhead::model::ixgbe {

class TxEngine {
 public:
  explicit TxEngine(Port port) : port_(port) {}

  void refresh();
  void forget() { rings_.clear(); }
  void plug(Wire& wire) { port_.wire = &wire; }
  void reset() {
    contexts_ = {};
    segments_sent_ = {};
  }
  /// Handles up to turn_budget descriptors of every queue; false if there was none to handle.
  bool turn();

  [[nodiscard]] const QueueCounts& sent() const { return sent_; }
  [[nodiscard]] uint64_t dropped() const { return dropped_; }

 private:
  struct TxRing : Ring {
    bool head_write_back = false;
    uint64_t write_back_address = 0;
    uint32_t last_bad_tail = 0;
  };
  struct Descriptor {
    uint64_t address;
    uint64_t command;
  };
  /// The descriptors of one frame: where the first is and how many.
  struct Extent {
    uint32_t first;
    uint32_t count;
  };

  void add_ring(uint32_t queue);
  bool drain(TxRing& ring);
  [[nodiscard]] static Descriptor fetch(const TxRing& ring, uint32_t position);
  [[nodiscard]] bool is_context(const TxRing& ring, const Descriptor& descriptor);
  [[nodiscard]] uint32_t frame_extent(const TxRing& ring, uint32_t head, uint32_t ready) const;
  bool send(const TxRing& ring, Extent extent);
  bool send_segments(const TxRing& ring, const Offload& offload,
                     std::span<const std::byte> request);
  /// False if the wire has no room.
  bool transmit(const TxRing& ring, std::span<const std::byte> frame);
  /// Makes a frame of the first `size` staged bytes.
  std::span<const std::byte> finish(std::span<std::byte> staging, size_t size,
                                    const Offload& offload) const;
  std::span<std::byte> gather(const TxRing& ring, Extent extent, size_t most);
  [[nodiscard]] Offload offload_of(const TxRing& ring, const Descriptor& first);
  bool complete(const TxRing& ring, Extent extent);
  void write_back_head(const TxRing& ring, uint32_t head);

  Port port_;
  std::vector<TxRing> rings_;
  bool enabled_ = false;
  bool pad_ = false;
  QueueCounts sent_{};
  uint64_t dropped_ = 0;
  std::array<std::array<Context, 2>, 128> contexts_{};
  TcpFlags tcp_flags_;
  /// By queue: segments of its next request that the wire had room for.
  std::array<uint32_t, 128> segments_sent_{};
  std::array<std::byte, maximum_frame + 8> staging_{};
  std::array<std::byte, largest_request> request_{};
};

}  // namespace bulkhead::model::ixgbe
