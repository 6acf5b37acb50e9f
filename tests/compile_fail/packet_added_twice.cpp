// A batch cannot hold a frame that another one holds.
#include <utility>

#include "bulkhead/queue/batch.hpp"

using namespace bulkhead::queue;

void mistake(Packet packet, Batch& first, Batch& second) {
  first.add(std::move(packet));
  // expected-error@+1 {{argument not in expected state}}
  second.add(std::move(packet));
}
