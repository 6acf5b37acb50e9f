// Frames that arrive at one port leave through the other.
#include <cstdio>

#include <bulkhead/net/port.hpp>

using namespace bulkhead;

static Result<> forward() {
  BULKHEAD_TRY_ASSIGN(const auto pool, queue::Pool::create({.buffers = 4096}));
  BULKHEAD_TRY_ASSIGN(auto a, net::open_port("vfio-user:/run/bulkhead/a.sock", {.pools = {pool}}));
  BULKHEAD_TRY_ASSIGN(auto b, net::open_port("vfio-user:/run/bulkhead/b.sock", {.pools = {pool}}));
  queue::Batch batch{pool, 32};  // owns its frames: what was not sent is still here
  for (uint64_t round = 0;; ++round) {
    if (batch.empty()) a->rx(QueueId{0}).receive(batch);
    for (std::span<std::byte> frame : batch) frame[0] = std::byte{2};  // a checked view
    b->tx(QueueId{0}).send(batch);
    if (round % 1'000'000 == 0) BULKHEAD_TRY(a->check_alive());
  }
}

int main() {
  const auto result = forward();
  std::puts(result.error().message().c_str());
  return 1;
}
