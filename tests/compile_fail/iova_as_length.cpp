// An address is not a length.
#include "bulkhead/base/units.hpp"

void reserve(bulkhead::Bytes length);

void mistake(bulkhead::Iova address) {
  // expected-error@+1 {{no matching function for call to 'reserve'}}
  reserve(address);
}

// expected-note@*:* 1+{{no known conversion from 'bulkhead::Iova' to 'bulkhead::Bytes'}}
