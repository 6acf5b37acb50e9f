// A queue's number is not a buffer's.
#include "bulkhead/base/units.hpp"

void free_buffer(bulkhead::Slot slot);

void mistake(bulkhead::QueueId queue) {
  // expected-error@+1 {{no matching function for call to 'free_buffer'}}
  free_buffer(queue);
}

// expected-note@*:* 1+{{no known conversion from 'bulkhead::QueueId' to 'bulkhead::Slot'}}
