// The device's head is not a position until it has been compared with the ring.
#include <array>

#include "bulkhead/queue/device_value.hpp"

int mistake(const std::array<int, 8>& ring, bulkhead::queue::DeviceValue<uint32_t> head) {
  // expected-error@+1 {{no viable overloaded operator[]}}
  return ring[head];
}
