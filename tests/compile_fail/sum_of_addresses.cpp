// An address plus a length is an address; two addresses have no sum.
#include "bulkhead/base/units.hpp"

auto mistake(bulkhead::Iova a, bulkhead::Iova b) {
  // expected-error@+1 {{invalid operands to binary expression}}
  return a + b;
}
