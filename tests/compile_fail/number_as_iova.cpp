// A pointer's number does not become a device address by itself.
#include "bulkhead/base/units.hpp"

void point_device_at(bulkhead::Iova address);

void mistake(uint64_t number) {
  // expected-error@+1 {{no matching function for call to 'point_device_at'}}
  point_device_at(number);
}

// expected-note@*:* 1+{{no known conversion from 'uint64_t'}}
