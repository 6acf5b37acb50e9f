// One frame, one owner.
#include <utility>

#include "bulkhead/queue/packet.hpp"

void send([[clang::param_typestate(unconsumed)]] bulkhead::queue::Packet packet);

void mistake(bulkhead::queue::Packet packet) {
  send(std::move(packet));
  // expected-error@+1 {{argument not in expected state}}
  send(std::move(packet));
}
