// A length is not an address.
#include "bulkhead/base/units.hpp"

void point_device_at(bulkhead::Iova address);

void mistake() {
  using namespace bulkhead;
  // expected-error@+1 {{no matching function for call to 'point_device_at'}}
  point_device_at(4_KiB);
}

// expected-note@*:* 1+{{no known conversion from 'Bytes' to 'bulkhead::Iova'}}
