// Forwarding in place: every frame is looked at once and sent from the buffer that it came into, or
// dropped. Faster than queues (net/port.hpp), for programs that keep no frames.
//
//   auto frames = RelayFrames::create(1);
//   auto a = open_port("vfio-user:a.sock", {.pools = {frames->pool()}, .in_place = true});
//   auto b = open_port("vfio-user:b.sock", {.pools = {frames->pool()}, .in_place = true});
//   auto relay = make_relay<1>(**a, {b->get()}, QueueId{0}, *frames, 0);
//   relay->start();
//   relay->run([](std::span<std::byte> frame) {
//     frame[1] = std::byte{2};
//     return To::output(0);
//   });
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/config.hpp"
#include "bulkhead/driver/ixgbe/relay.hpp"
#include "bulkhead/driver/nic.hpp"
#include "bulkhead/net/port.hpp"
#include "bulkhead/net/way.hpp"
#include "bulkhead/queue/pool.hpp"

namespace bulkhead::net {

using ixgbe::To;
template <uint32_t outputs>
using Relay = ixgbe::Relay<outputs>;

/// Memory for the frames of several relays. All ports that these relays receive from and send to
/// map all of it, so that any input's frames can leave through any of them.
class RelayFrames {
 public:
  using Frames = queue::FrameRing<ixgbe::ring_size>;

  static constexpr uint32_t most_inputs = 128;
  /// Of the ports.
  static constexpr uint32_t largest_mtu = Frames::longest_frame - driver::largest_frame(0);
  /// For 1 to most_inputs. Errors: `invalid_argument` for others, `no_memory`.
  static Result<RelayFrames> create(uint32_t inputs);

  /// For PortConfig::pools. Nothing in it is free: its memory is the relays'.
  [[nodiscard]] const std::shared_ptr<queue::Pool>& pool() const [[clang::lifetimebound]] {
    return pool_;
  }
  /// `input` is below the number of inputs (a trap otherwise).
  [[nodiscard]] Frames of(uint32_t input) const;
  /// Where these begin, for a device that sees the pool's first buffer at `buffers_at`.
  static Iova at(Iova buffers_at, uint32_t input) {
    return buffers_at + Bytes{Frames::size_in_bytes} * input;
  }

 private:
  explicit RelayFrames(std::shared_ptr<queue::Pool> pool) : pool_(std::move(pool)) {}
  std::shared_ptr<queue::Pool> pool_;
};

/// From a port's queue pair to that of others, all opened with PortConfig::in_place on the pool of
/// `frames`. `input` is no other relay's. The ports and the frames outlive it. Errors:
/// `unsupported` for a port whose driver cannot, or that was opened otherwise; `invalid_argument`
/// for a port with another pool, and for an input or an output that was one before: after any
/// error, the ports have to be opened again.
template <uint32_t outputs>
Result<Relay<outputs>> make_relay(Port& from, const std::array<Port*, outputs>& to, QueueId queue,
                                  const RelayFrames& frames, uint32_t input) {
  using Ring = typename Relay<outputs>::Ring;
  const auto ring = [](std::span<std::byte> memory) {
    return Ring{memory.first<Ring::size_in_bytes>()};
  };
  using driver::RelaySide;
  std::array<std::optional<driver::RelayEnd>, outputs> ends;
  for (uint32_t i = 0; i < outputs; ++i) {
    BULKHEAD_TRY_ASSIGN(const auto end, to[i]->relay_end(queue, RelaySide::output, *frames.pool()));
    ends[i] = end;
  }
  BULKHEAD_TRY_ASSIGN(const auto in, from.relay_end(queue, RelaySide::input, *frames.pool()));
  return [&]<size_t... i>(std::index_sequence<i...>) {
    return Relay<outputs>{
        frames.of(input),
        {.ring = ring(in.rx_ring),
         .tail = in.rx_tail,
         .frames_at = RelayFrames::at(in.buffers_at, input)},
        {typename Relay<outputs>::Output{
            .ring = ring(ends[i]->tx_ring),
            .tail = ends[i]->tx_tail,
            .report = ixgbe::HeadReport{ends[i]->tx_head.template first<sizeof(uint32_t)>()},
            .frames_at = RelayFrames::at(ends[i]->buffers_at, input)}...}};
  }(std::make_index_sequence<outputs>{});
}

/// One direction: all frames of a relay leave through its one output. An output that falls behind
/// holds the input up, whose device then drops and counts what finds no buffer.
class InPlace final : public Way {
 public:
  InPlace(const Relay<1>& relay, uint32_t batch_size, Handling handling)
      : relay_(relay), batch_size_(batch_size), handling_(handling) {
    relay_.start();
  }

  Step step() override;
  /// What was received is in the output's ring at once: nothing is ever left.
  uint32_t flush() override { return 0; }
  [[nodiscard]] bool empty() const override { return true; }
  [[nodiscard]] Stopped stopped() const override { return {.rx = false, .tx = relay_.stopped()}; }
  [[nodiscard]] queue::QueueCounters rx_counters() const override { return relay_.rx_counters(); }
  [[nodiscard]] queue::QueueCounters tx_counters() const override {
    return {.frames = relay_.sent(0), .bad_index = relay_.stopped() ? 1U : 0U};
  }

 private:
  Relay<1> relay_;
  uint32_t batch_size_;
  Handling handling_;
};

}  // namespace bulkhead::net
