// Not even a sum comes out of an unchecked number.
#include "bulkhead/queue/device_value.hpp"

auto mistake(bulkhead::queue::DeviceValue<uint32_t> length) {
  // expected-error@+1 {{invalid operands to binary expression}}
  return length + 4U;
}
