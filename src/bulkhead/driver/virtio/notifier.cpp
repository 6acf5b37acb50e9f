#include "bulkhead/driver/virtio/notifier.hpp"

#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/bytes.hpp"
#include "bulkhead/driver/virtio/legacy.hpp"

namespace bulkhead::virtio {

void Notifier::write_port() const {
  // A function that is gone is found by check_alive().
  static_cast<void>(function_->write(bus::RegionId::bar0, legacy::queue_notify.offset,
                                     to_bytes(little_endian(queue_))));
}

}  // namespace bulkhead::virtio
