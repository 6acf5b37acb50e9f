// A position in a ring of 512 is none in a ring of 8.
#include "bulkhead/base/index.hpp"

bulkhead::Index<8> mistake(bulkhead::Index<512> position) {
  // expected-error@+1 {{no viable conversion from returned value of type 'Index<512>'}}
  return position;
}
