// A batch owns its frames; a copy would give them back twice.
#include "bulkhead/queue/batch.hpp"

void mistake(const bulkhead::queue::Batch& batch) {
  // expected-error@+1 {{call to deleted constructor of 'const bulkhead::queue::Batch'}}
  const bulkhead::queue::Batch copy = batch;
}
