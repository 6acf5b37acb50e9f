// A frame has one owner.
#include "bulkhead/queue/packet.hpp"

void send(bulkhead::queue::Packet packet);

void mistake(bulkhead::queue::Packet packet) {
  // expected-error@+1 {{call to deleted constructor of 'bulkhead::queue::Packet'}}
  send(packet);
}
