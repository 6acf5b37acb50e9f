// Queues that another process runs than the one that keeps the device: what it has to know.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/bus/function.hpp"

namespace bulkhead::driver {

/// Which code runs a queue pair.
enum class QueueFamily : uint32_t { ixgbe = 1, e1000e = 2, virtio = 3, e1000e_legacy_rx = 4 };

/// Where a ring and its doorbell lie. Plain numbers, as is all of a plan: it travels in a message.
struct RingPlan {
  uint64_t ring = 0;      ///< offset in the rings' memory
  uint32_t page = 0;      ///< which of the NIC's BAR pages has the doorbell
  uint32_t doorbell = 0;  ///< offset in them
  uint32_t number = 0;    ///< what is written to it, where that is the queue's number (virtio)
  uint32_t entries = 0;   ///< where they are not fixed (virtio)
};

/// What a virtio device and its driver have agreed on.
struct VirtioPlan {
  uint32_t packed = 0;
  uint32_t event_index = 0;
  uint32_t header = 0;  ///< bytes in front of each frame
  uint32_t longest_frame = 0;
  uint32_t mergeable = 0;
  uint32_t reserved = 0;
};

struct QueuePairPlan {
  QueueFamily family = QueueFamily::ixgbe;
  uint32_t has_event = 0;  ///< an eventfd that is signalled when frames arrive goes with it
  RingPlan rx;
  RingPlan tx;
  uint64_t tx_head = 0;     ///< offset of the word that the device writes its tx head to (ixgbe)
  uint64_t buffers_at = 0;  ///< where the device sees the pool's first buffer
  VirtioPlan virtio;
};

/// All queue pairs of a NIC, and what they need. The descriptors in it are for the process that
/// keeps the device to pass on.
struct QueuePlans {
  OwnedFd rings;  ///< memory of the rings
  Bytes rings_size;
  std::vector<bus::BarFile> pages;
  std::vector<QueuePairPlan> pairs;
  std::vector<OwnedFd> events;  ///< one a queue pair, or none at all
};

/// Whether all that a plan names lies inside of the rings' memory and the pages, of which `pages`
/// has the sizes. Errors: `protocol`.
Result<> check(const QueuePairPlan& plan, Bytes rings, std::span<const Bytes> pages);

}  // namespace bulkhead::driver
