// Where a device's structures lie, as its PCI capabilities say (virtio 1.2, 4.1.4).
#pragma once

#include <cstdint>
#include <optional>

#include "bulkhead/base/error.hpp"
#include "bulkhead/bus/function.hpp"
#include "bulkhead/driver/virtio/fields.hpp"

namespace bulkhead::virtio {

struct Capabilities {
  std::optional<Place> common;
  std::optional<Place> notify;
  std::optional<Place> device;
  std::optional<Place> isr;
  uint32_t notify_multiplier = 0;  ///< bytes between the notification words of two queues
};

/// The first capability of each kind that names a part of a BAR which is there. Errors:
/// `hostile_device` for a list that does not end, and what reading it meets.
Result<Capabilities> read_capabilities(bus::Function& function);

}  // namespace bulkhead::virtio
