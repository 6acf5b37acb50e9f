// What the receive and transmit engines share: the port around them, and rings of descriptors in
// the client's memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "model/dma_space.hpp"
#include "model/ixgbe/interrupts.hpp"
#include "model/ixgbe/register_file.hpp"
#include "model/ixgbe/registers.hpp"
#include "model/ixgbe/statistics.hpp"
#include "model/ixgbe/trouble.hpp"
#include "model/wire.hpp"

namespace bulkhead::model::ixgbe {

struct Port {
  RegisterFile& registers;
  DmaSpace& dma;
  Wire* wire;
  Statistics& statistics;
  Interrupts& interrupts;
  Trouble& trouble;
};

inline constexpr uint32_t descriptor_size = 16;
inline constexpr size_t minimum_frame = 60;      ///< without CRC
inline constexpr size_t maximum_frame = 15'872;  ///< the largest that MAXFRS and the buffers allow
inline constexpr uint32_t turn_budget = 64;      ///< frames or descriptors that one turn handles

/// Frames of each queue.
using QueueCounts = std::array<uint64_t, queue_count>;

/// An enabled queue's ring, as its registers stood at the last refresh.
struct Ring {
  uint32_t queue = 0;
  uint32_t registers = 0;  ///< offset of the queue's block
  uint32_t entries = 0;
  uint32_t statistics_index = 0;
  std::span<std::byte> memory;

  [[nodiscard]] uint32_t next(uint32_t position) const { return ahead(position, 1); }
  /// `count` positions further; at most a whole ring.
  [[nodiscard]] uint32_t ahead(uint32_t position, uint32_t count) const {
    return position + count < entries ? position + count : position + count - entries;
  }
  [[nodiscard]] uint32_t distance(uint32_t from, uint32_t to) const {
    return to >= from ? to - from : to + entries - from;
  }
};

/// Whether a queue is enabled at this moment: its page may be mapped, so this is asked every turn.
bool is_enabled(const RegisterFile& registers, const Ring& ring);

/// Reads a queue's base and length registers and finds the ring's memory. False if the queue is
/// not enabled, has no descriptors, or its ring is not in the client's memory (counted).
bool locate_ring(Port& port, Ring& ring, DmaSpace::Access access);

}  // namespace bulkhead::model::ixgbe
