// From the wire into the client's receive descriptors (7.1).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/ixgbe/engine.hpp"
#include "model/ixgbe/rx_filter.hpp"

namespace bulkhead::model::ixgbe {

/// How frames are given to queues that have no RSS hash: RSS is off, or they are not of IP. The
/// silicon knows only queue 0.
enum class Spread : uint8_t {
  queue_0,
  /// Over all enabled queues, by the last bytes of both MAC addresses: frames of one pair of
  /// stations keep their order. The generator varies its source address for this.
  addresses,
};

class RxEngine {
 public:
  RxEngine(Port port, Spread spread) : port_(port), spread_(spread) {}

  /// Looks at the registers again: which queues are enabled, where their rings are, what the
  /// filters let through.
  void refresh();
  /// Forgets the rings, whose memory may go away, until the next refresh.
  void forget() { rings_.clear(); }
  void plug(Wire& wire) { port_.wire = &wire; }
  /// Moves up to turn_budget frames; false if there was none to move.
  bool turn();

  /// The wire's next frame cannot be taken yet: that it is there is no reason to wake up.
  [[nodiscard]] bool blocked() const { return blocked_; }

  [[nodiscard]] const QueueCounts& delivered() const { return delivered_; }
  [[nodiscard]] uint64_t filtered() const { return filtered_; }
  [[nodiscard]] uint64_t no_descriptor() const { return no_descriptor_; }

 private:
  /// What a descriptor's two quadwords become; a legacy one keeps its first.
  struct WriteBack {
    uint64_t low;
    uint64_t high;
  };
  struct RxRing : Ring {
    uint32_t buffer_size = 0;
    bool advanced = false;
    bool strip_vlan = false;
    // Of the current turn.
    uint64_t turn = 0;
    uint32_t head = 0;
    uint32_t available = 0;
    std::vector<WriteBack> pending;  ///< of the descriptors before `head`, not yet written
  };
  enum class Outcome : uint8_t { delivered, dropped, wait };
  /// What a write-back says of a frame, besides its length.
  struct Verdict {
    uint32_t packet_type = 0;
    uint32_t status = 0;
    uint32_t errors = 0;
    uint16_t vlan = 0;
    uint32_t hash = 0;
    uint32_t hash_type = 0;
  };

  bool add_ring(uint32_t queue);
  RxRing* select(std::span<const std::byte> frame, Verdict& verdict);
  void load(RxRing& ring);
  [[nodiscard]] bool is_too_long(std::span<const std::byte> frame) const;
  Outcome offer(std::span<const std::byte> frame);
  Outcome no_room(const RxRing* ring);
  std::span<const std::byte> prepare(std::span<const std::byte> frame, const RxRing& ring,
                                     Verdict& verdict);
  void write_frame(RxRing& ring, std::span<const std::byte> bytes, const Verdict& verdict);
  void write_buffer(RxRing& ring, uint64_t address, std::span<const std::byte> piece);
  static uint64_t buffer_address(const RxRing& ring, uint32_t ahead);
  void write_back(RxRing& ring);
  void discard();

  Port port_;
  Spread spread_;
  RxFilter filter_;
  std::vector<RxRing> rings_;
  bool receiving_ = false;
  bool blocked_ = false;
  bool keep_crc_ = false;
  bool rss_ = false;
  uint16_t vlan_type_ = 0;
  size_t largest_ = 0;  ///< frame on the wire, with CRC and without VLAN tag
  uint64_t turn_ = 0;
  QueueCounts delivered_{};
  uint64_t filtered_ = 0;
  uint64_t no_descriptor_ = 0;
  std::array<std::byte, maximum_frame + 8> staging_{};
};

}  // namespace bulkhead::model::ixgbe
