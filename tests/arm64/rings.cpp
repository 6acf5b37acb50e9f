// The queues of every driver on plain memory, as an ARM64 program: with no library of tests, since
// there may be none for this processor. Says what is wrong and ends with 1, or ends with 0.
#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/base/relax.hpp"
#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/driver/e1000e/rx_queue.hpp"
#include "bulkhead/driver/e1000e/tx_queue.hpp"
#include "bulkhead/driver/intel/ring_memory.hpp"
#include "bulkhead/driver/ixgbe/relay.hpp"
#include "bulkhead/driver/ixgbe/rx_queue.hpp"
#include "bulkhead/driver/ixgbe/tx_queue.hpp"
#include "bulkhead/driver/virtio/packed_ring.hpp"
#include "bulkhead/driver/virtio/rx_queue.hpp"
#include "bulkhead/driver/virtio/split_ring.hpp"
#include "bulkhead/driver/virtio/tx_queue.hpp"
#include "bulkhead/queue/handover.hpp"

#include "tests/driver/virtio/device_ring.hpp"

// The test looks at how these are compiled.
extern "C" [[gnu::noinline]] void ring_doorbell(const bulkhead::regs::Doorbell& doorbell,
                                                uint32_t value) {
  doorbell.ring(value);
}
extern "C" [[gnu::noinline]] uint64_t load_descriptor(const bulkhead::queue::Descriptor& from) {
  return from.load_high();
}
extern "C" [[gnu::noinline]] bool publish_split(bulkhead::virtio::SplitRing<256>& ring) {
  return ring.publish();
}
extern "C" [[gnu::noinline]] bool publish_packed(bulkhead::virtio::PackedRing<256>& ring) {
  return ring.publish();
}
extern "C" [[gnu::noinline]] void relax_once() {
  bulkhead::relax();
}

namespace bulkhead {
namespace {

using intel::ring_size;
using intel::RingMemory;
using queue::Batch;

constexpr Iova buffers_at{1U << 30U};
constexpr uint32_t rounds = 200;  // more than a ring of frames
constexpr uint32_t batch_size = 24;

void expect(bool right, std::string_view what) {
  if (right) return;
  fmt::print(stderr, "wrong: {}\n", what);
  std::exit(EXIT_FAILURE);
}

std::shared_ptr<queue::Pool> make_pool() {
  auto pool = queue::Pool::create({.buffers = 4 * ring_size});
  expect(pool.has_value(), "a pool");
  return *pool;
}

/// Receives frames through one queue and sends them through another one, over rings whose devices
/// do at once what they are told.
template <class Rx, class Tx, class Report>
void forward(uint64_t filled, Report report, std::span<std::byte> rx_ring,
             std::span<std::byte> tx_ring, std::span<std::byte> head) {
  constexpr auto bytes = RingMemory::ring_bytes;
  alignas(4) std::array<std::byte, 8> tails{};
  const auto pool = make_pool();
  {
    Rx rx{typename Rx::Ring{rx_ring.first<bytes>()}, regs::Doorbell{tails, 0}, pool, buffers_at};
    Tx tx{typename Tx::Ring{tx_ring.first<bytes>()}, regs::Doorbell{tails, 4}, report, pool,
          buffers_at};
    rx.start();
    uint32_t next = 0;
    for (uint32_t round = 0; round < rounds; ++round) {
      for (uint32_t i = 0; i < batch_size; ++i, ++next)
        shared::store_release<uint64_t>(rx_ring, next % ring_size * 16 + 8, filled);
      Batch batch{pool, batch_size};
      expect(rx.receive(batch) == batch_size, "all frames are received");
      const uint64_t first = buffers_at.value() + pool->buffers().offset(batch.first().slot());
      const uint32_t at = round * batch_size % ring_size;
      expect(tx.send(batch) == batch_size, "all frames are sent");
      expect(shared::load_acquire<uint64_t>(tx_ring, at * 16) == first, "its buffer is sent");
      const auto tail = shared::load_acquire<uint32_t>(tails, 4);
      expect(tail == (at + batch_size) % ring_size, "the tail is behind what was sent");
      shared::store_release<uint32_t>(head, 0, tail);
      for (uint32_t i = at; i < at + batch_size; ++i) {
        const size_t word = i % ring_size * 16 + 8;
        const auto descriptor = shared::load_relaxed<uint64_t>(tx_ring, word);
        shared::store_release<uint64_t>(tx_ring, word, descriptor | e1000e::tx_descriptor::DD);
      }
    }
  }
  expect(pool->available() == pool->capacity(), "every buffer has come back");
}

void forward_with_intel() {
  const auto rings = *memory::Region::allocate("rings", RingMemory::size(1));
  const auto at = [&](Bytes place) { return RingMemory::at<RingMemory::ring_bytes>(rings, place); };
  const auto head = RingMemory::at<4>(rings, RingMemory::head(0));
  const auto clear = [&] { std::ranges::fill(rings.bytes(), std::byte{0}); };
  constexpr uint64_t extended = 3U | uint64_t{60} << 32U;
  constexpr uint64_t legacy = uint64_t{3} << 32U | 60U;
  forward<ixgbe::RxQueue, ixgbe::TxQueue>(extended, ixgbe::HeadReport{head}, at(RingMemory::rx(0)),
                                          at(RingMemory::tx(0)), head);
  clear();
  forward<e1000e::ExtendedRxQueue, e1000e::TxQueue>(
      extended, e1000e::DoneBits{}, at(RingMemory::rx(0)), at(RingMemory::tx(0)), head);
  clear();
  forward<e1000e::LegacyRxQueue, e1000e::TxQueue>(legacy, e1000e::DoneBits{}, at(RingMemory::rx(0)),
                                                  at(RingMemory::tx(0)), head);
}

void relay() {
  using Relay = ixgbe::Relay<1>;
  const auto rings = *memory::Region::allocate("rings", RingMemory::size(1));
  const auto frames = *memory::Region::allocate("frames", Bytes{Relay::Frames::size_in_bytes});
  alignas(4) std::array<std::byte, 8> tails{};
  const auto ring = [&](Bytes at) { return RingMemory::at<RingMemory::ring_bytes>(rings, at); };
  const auto head = RingMemory::at<4>(rings, RingMemory::head(0));
  Relay relay{Relay::Frames{frames.bytes().first<Relay::Frames::size_in_bytes>()},
              {.ring = Relay::Ring{ring(RingMemory::rx(0))},
               .tail = regs::Doorbell{tails, 0},
               .frames_at = buffers_at},
              {Relay::Output{.ring = Relay::Ring{ring(RingMemory::tx(0))},
                             .tail = regs::Doorbell{tails, 4},
                             .report = ixgbe::HeadReport{head},
                             .frames_at = buffers_at}}};
  relay.start();
  uint32_t seen = 0;
  for (uint32_t i = 0; i < rounds * batch_size; ++i) {
    shared::store_release<uint64_t>(ring(RingMemory::rx(0)), i % ring_size * 16 + 8,
                                    3U | uint64_t{60} << 32U);
    seen += relay.run([](std::span<std::byte>) { return ixgbe::To::output(0); });
    shared::store_release<uint32_t>(head, 0, shared::load_acquire<uint32_t>(tails, 4));
  }
  expect(seen == rounds * batch_size && relay.sent(0) == seen, "all frames are relayed");
}

/// Frames go from a tx queue to an rx queue, whose devices copy nothing but lengths.
template <class Ring, class Device>
void pass_through_virtio() {
  const auto rx_memory = *memory::Region::allocate("rx", Bytes{Ring::size_in_bytes});
  const auto tx_memory = *memory::Region::allocate("tx", Bytes{Ring::size_in_bytes});
  const auto pool = make_pool();
  alignas(4) std::array<std::byte, 4> bell{};
  const auto device_on = [&](const memory::Region& memory) {
    const auto bytes = memory.bytes();
    return Device{Ring::extent,
                  {bytes, bytes.subspan(Ring::driver_area), bytes.subspan(Ring::device_area)},
                  true};
  };
  const auto ring_on = [](const memory::Region& memory) {
    return Ring{memory.bytes().template first<Ring::size_in_bytes>(), true};
  };
  const virtio::QueueSetup setup{.notifier = virtio::Notifier{regs::Doorbell16{bell, 0}, 1},
                                 .pool = pool,
                                 .buffers_at = buffers_at,
                                 .header = 12,
                                 .longest_frame = 1518,
                                 .mergeable = false};
  Device rx_device = device_on(rx_memory);
  Device tx_device = device_on(tx_memory);
  virtio::RxQueueOn<Ring> rx{ring_on(rx_memory), setup};
  virtio::TxQueueOn<Ring> tx{ring_on(tx_memory), setup};
  for (uint32_t round = 0; round < rounds; ++round) {
    Batch batch{pool, batch_size};
    while (batch.room() > 0) batch.add(*queue::Packet::allocate(*pool, 60 + batch.room()));
    expect(tx.send(batch) == batch_size, "all frames are sent");
    while (const auto sent = tx_device.take()) {
      const auto buffer = rx_device.take();
      expect(buffer.has_value(), "the rx ring is refilled");
      rx_device.give(buffer->id, sent->pieces.front().length);
      tx_device.give(sent->id, 0);
    }
    expect(rx.receive(batch) == batch_size, "all frames are received");
    uint32_t length = 60 + batch_size;
    for (const auto frame : batch) expect(frame.size() == length--, "a frame's length");
    tx.reclaim();
  }
}

/// Takes what is free in a pool, and what the other cores have given up.
void collect(queue::Pool& pool, std::set<Slot>& slots) {
  while (pool.has(1)) {
    const auto free = pool.next_free(pool.available());
    slots.insert(free.begin(), free.end());
    pool.take(pool.available());
  }
}

/// Frames from one core to another.
void hand_over(const std::array<std::shared_ptr<queue::Pool>, 2>& pools) {
  constexpr uint32_t frames = 20'000;
  const auto deadline = Deadline::after(std::chrono::minutes{1});
  queue::Handover way{pools[0], pools[1]};
  std::thread other{[&] {
    for (uint32_t number = 0; number < frames;) {
      Batch batch{pools[1], 64};
      if (way.take(batch) == 0) std::this_thread::yield();
      expect(!deadline.reached(), "all frames arrive within a minute");
      for (const auto frame : batch)
        expect(shared::load_relaxed<uint32_t>(frame, 0) == number++, "the order of frames");
    }
  }};
  Batch batch{pools[0], batch_size};
  for (uint32_t number = 0; number < frames || !batch.empty();) {
    while (number < frames && batch.room() > 0) {
      auto packet = queue::Packet::allocate(*pools[0], 60);
      if (!packet) break;
      shared::store_relaxed<uint32_t>(packet->bytes(), 0, number++);
      batch.add(*std::move(packet));
    }
    if (way.put(batch) == 0) std::this_thread::yield();
    expect(!deadline.reached(), "all frames leave within a minute");
  }
  other.join();
}

void exchange_between_cores() {
  constexpr uint32_t each = 256;
  const auto pools = *queue::Pool::create_for_cores({.buffers = each}, 2);
  hand_over({pools[0], pools[1]});
  std::set<Slot> slots;
  for (const auto& pool : pools) collect(*pool, slots);
  expect(slots.size() == 2 * each, "every buffer has come back");
}

}  // namespace
}  // namespace bulkhead

int main() {
  using namespace bulkhead;
  forward_with_intel();
  relay();
  pass_through_virtio<virtio::SplitRing<256>, virtio::SplitDevice>();
  pass_through_virtio<virtio::PackedRing<256>, virtio::PackedDevice>();
  exchange_between_cores();
  fmt::print("all rings work\n");
}
