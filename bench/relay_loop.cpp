// The relay alone, for counting its instructions: from one modelled input to one output (or two,
// each of which gets all frames), with devices of plain memory, as in forward_loop.
//
// relay_loop BATCH ROUNDS [OUTPUTS]: relays BATCH * ROUNDS frames, touching byte 1 of each. With
// --ticks it prints how long the relay's part of that took.
#include <cstdlib>
#include <span>

#include <fmt/format.h>

#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/driver/intel/ring_memory.hpp"
#include "bulkhead/net/relay.hpp"

#include "bench/burst_ticks.hpp"
#include "bench/loop_memory.hpp"
#include "bench/loop_options.hpp"

namespace bulkhead {
namespace {

using intel::ring_size;
using intel::RingMemory;
constexpr Iova frames_at{1U << 30U};

template <uint32_t outputs>
class Machine {
 public:
  Machine(const memory::Region& rings, const memory::Region& frames)
      : rx_ring_(RingMemory::at<RingMemory::ring_bytes>(rings, RingMemory::rx(0))),
        relay_(
            queue::FrameRing<ring_size>{
                frames.bytes().first<queue::FrameRing<ring_size>::size_in_bytes>()},
            {.ring = queue::DescriptorRing<ring_size>{rx_ring_},
             .tail = regs::Doorbell{doorbells_, 0},
             .frames_at = frames_at},
            outputs_in(rings)) {
    for (uint32_t i = 0; i < outputs; ++i)
      heads_.at(i) = RingMemory::at<4>(rings, RingMemory::head(i));
  }

  /// `count` frames arrive, and what was sent has left.
  void work(uint32_t count) {
    constexpr uint64_t filled = intel::rx_descriptor::DD | intel::rx_descriptor::EOP |
                                uint64_t{60} << intel::rx_descriptor::length_shift;
    for (uint32_t i = 0; i < count; ++i, ++next_)
      shared::store_release<uint64_t>(rx_ring_, next_ % ring_size * 16 + 8, filled);
    for (size_t i = 0; i < outputs; ++i)
      shared::store_release<uint32_t>(heads_.at(i), 0,
                                      shared::load_acquire<uint32_t>(doorbells_, 4 + 4 * i));
  }
  net::Relay<outputs>& relay() { return relay_; }

 private:
  std::array<typename net::Relay<outputs>::Output, outputs> outputs_in(
      const memory::Region& rings) {
    return [&]<size_t... i>(std::index_sequence<i...>) {
      return std::array{typename net::Relay<outputs>::Output{
          .ring = queue::DescriptorRing<ring_size>{RingMemory::at<RingMemory::ring_bytes>(
              rings, RingMemory::tx(i))},
          .tail = regs::Doorbell{doorbells_, 4 + 4 * i},
          .report = ixgbe::HeadReport{RingMemory::at<4>(rings, RingMemory::head(i))},
          .frames_at = frames_at}...};
    }(std::make_index_sequence<outputs>{});
  }

  std::span<std::byte, RingMemory::ring_bytes> rx_ring_;
  std::array<std::span<std::byte>, outputs> heads_;
  alignas(8) std::array<std::byte, 4 + 4 * outputs> doorbells_{};
  size_t next_ = 0;
  net::Relay<outputs> relay_;
};

template <uint32_t outputs>
[[gnu::always_inline]] inline uint32_t step(net::Relay<outputs>& relay, uint32_t batch) {
  return relay.run(
      [](std::span<std::byte> frame) {
        frame[1] = static_cast<std::byte>(std::to_integer<unsigned>(frame[1]) + 1);
        if constexpr (outputs == 1) return net::To::output(0);
        return net::To::output(0) | net::To::output(1);
      },
      batch);
}

}  // namespace

extern "C" [[gnu::noinline]] uint32_t forward_step(net::Relay<1>& relay, uint32_t batch) {
  return step(relay, batch);
}
extern "C" [[gnu::noinline]] uint32_t forward_step_to_two(net::Relay<2>& relay, uint32_t batch) {
  return step(relay, batch);
}

namespace {

template <uint32_t outputs, class Step>
Result<> run(const bench::LoopOptions& options, Step one_step) {
  BULKHEAD_TRY_ASSIGN(const auto rings,
                      bench::make_region("rings", RingMemory::size(outputs), options.pages));
  BULKHEAD_TRY_ASSIGN(
      const auto frames,
      bench::make_region("frames", Bytes{queue::FrameRing<ring_size>::size_in_bytes},
                         options.pages));
  Machine<outputs> machine{rings, frames};
  machine.relay().start();
  const uint32_t batch = options.batch;
  if (options.ticks)
    return bench::print_ticks(batch, options.rounds,
                              bench::BurstDriver{[&](uint32_t count) { machine.work(count); },
                                                 [&] { return one_step(machine.relay(), batch); },
                                                 [&] { machine.work(0); }});
  uint64_t relayed = 0;
  for (uint32_t i = 0; i < options.rounds; ++i) {
    machine.work(batch);
    relayed += one_step(machine.relay(), batch);
  }
  return bench::print_count(relayed, options);
}

}  // namespace
}  // namespace bulkhead

int main(int argc, char** argv) {
  using namespace bulkhead;
  CLI::App app{"The relay, on rings in plain memory", "relay_loop"};
  bench::LoopOptions options;
  bench::add_loop_options(app, options, intel::row_size);
  app.add_option("OUTPUTS", options.outputs, "1 or 2")->check(CLI::Range(1U, 2U));
  if (const auto code = bench::parse_loop_options(app, argc, argv)) return *code;
  // A row at a time, from a row's beginning: then each round relays all of its frames in one step.
  if (intel::row_size % options.batch != 0) {
    fmt::print(stderr, "relay_loop: BATCH divides {}\n", intel::row_size);
    return 2;
  }
  const auto result =
      options.outputs == 1 ? run<1>(options, forward_step) : run<2>(options, forward_step_to_two);
  if (!result) fmt::print(stderr, "relay_loop: {}\n", result.error().message());
  return result ? EXIT_SUCCESS : EXIT_FAILURE;
}
