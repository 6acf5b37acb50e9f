#include "bulkhead/driver/virtio/notifier.hpp"

#include <unistd.h>

#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/bytes.hpp"
#include "bulkhead/driver/virtio/legacy.hpp"

namespace bulkhead::virtio {

void Notifier::call() const {
  if (pipe_ >= 0) {
    const uint64_t one = 1;
    // A full pipe has notified already.
    [[maybe_unused]] const auto written = ::write(pipe_, &one, sizeof one);
    return;
  }
  // A function that is gone is found by check_alive().
  static_cast<void>(function_->write(bus::RegionId::bar0, legacy::queue_notify.offset,
                                     to_bytes(little_endian(queue_))));
}

}  // namespace bulkhead::virtio
