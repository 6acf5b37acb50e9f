// The bytes of a mapping end with it.
#include "bulkhead/base/mapping.hpp"

std::span<std::byte> mistake(bulkhead::Mapping mapping) {
  // expected-error@+1 {{address of stack memory associated with parameter 'mapping' returned}}
  return mapping.bytes();
}
