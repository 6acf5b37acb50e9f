// Only a pool, which checks slot and length, makes handles.
#include "bulkhead/queue/buffers.hpp"

bulkhead::queue::Handle mistake(uint32_t length) {
  // expected-error@+1 {{calling a private constructor of class 'bulkhead::queue::Handle'}}
  return bulkhead::queue::Handle{bulkhead::Slot{7}, length};
}
