// What was sent belongs to the device.
#include <utility>

#include "bulkhead/queue/packet.hpp"

void send(bulkhead::queue::Packet packet);

std::byte mistake(bulkhead::queue::Packet packet) {
  send(std::move(packet));
  // expected-error@+1 {{invalid invocation of method 'bytes' on object 'packet'}}
  return packet.bytes()[0];
}
