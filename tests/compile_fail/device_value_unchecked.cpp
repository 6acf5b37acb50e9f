// The device's length is not used as it came.
#include <span>

#include "bulkhead/queue/device_value.hpp"

std::span<std::byte> mistake(std::span<std::byte> buffer,
                             bulkhead::queue::DeviceValue<uint32_t> length) {
  // expected-error@+1 {{no matching member function for call to 'first'}}
  return buffer.first(length);
}

// expected-note@*:* 1+{{no known conversion from 'bulkhead::queue::DeviceValue<uint32_t>'}}
