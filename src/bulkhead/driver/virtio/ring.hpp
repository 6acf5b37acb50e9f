// What the two layouts of a virtqueue have in common.
#pragma once

#include <cstdint>

#include "bulkhead/base/units.hpp"
#include "bulkhead/queue/device_value.hpp"

namespace bulkhead::virtio {

/// Memory that a descriptor stands for.
struct Piece {
  Iova address;
  uint32_t length;
};

/// What the device may do with it (virtio 1.2, 2.7.5).
enum class Access : uint16_t { device_reads = 0, device_writes = 2 };
inline constexpr uint16_t descriptor_has_next = 1;

/// A buffer that the device gave back, as it says: its id, and how many bytes it wrote.
struct Used {
  queue::DeviceValue<uint32_t> id;
  queue::DeviceValue<uint32_t> length;
};

/// Whether the other side asked to be notified of a step from `before` to `now` that passes `event`
/// (2.7.10, in arithmetic modulo 2^16).
constexpr bool passes_event(uint16_t event, uint16_t now, uint16_t before) {
  return static_cast<uint16_t>(now - event - 1) < static_cast<uint16_t>(now - before);
}

}  // namespace bulkhead::virtio
