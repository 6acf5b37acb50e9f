// The second turn would send what the first has sent.
#include <utility>

#include "bulkhead/queue/packet.hpp"

void send(bulkhead::queue::Packet packet);

void mistake(bulkhead::queue::Packet packet, int copies) {
  // expected-error@+1 {{state of variable 'packet' must match at the entry and exit of loop}}
  for (int i = 0; i < copies; ++i) send(std::move(packet));
}
