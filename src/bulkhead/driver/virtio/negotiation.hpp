// From a device in any state to one that has agreed on features, and to one at rest
// (virtio 1.2, 2.1, 2.2, 3.1).
#pragma once

#include <cstdint>
#include <string_view>

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/virtio/transport.hpp"

namespace bulkhead::virtio {

/// Waits until the device is reset: it touches no memory any more. Errors: `timeout`.
Result<> reset(Transport& transport);

/// Resets the device and accepts those of `wanted` that it offers; returns them. The queues can be
/// set up then. `physical`: no IOMMU stands between the device and memory, so it need not know of
/// one. Errors: `unsupported` if the device offers too little, or takes the choice back.
Result<uint64_t> negotiate(Transport& transport, uint64_t wanted, bool physical);

/// The queues are set up: from now on the device runs.
Result<> start(Transport& transport);

/// Errors: `device_gone` if the device has stopped working until it is reset.
Result<> check_status(Transport& transport);

}  // namespace bulkhead::virtio
