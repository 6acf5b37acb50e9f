// A plain number names no queue.
#include "bulkhead/base/units.hpp"

void stop(bulkhead::QueueId queue);

void mistake(uint16_t number) {
  // expected-error@+1 {{no matching function for call to 'stop'}}
  stop(number);
}

// expected-note@*:* 1+{{no known conversion from 'uint16_t'}}
