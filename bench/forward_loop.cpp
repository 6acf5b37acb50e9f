// The data path alone, for counting its instructions: forwards frames between two ixgbe queue pairs
// in plain memory. What the devices would do happens outside of `forward_step`, the one function
// that a counter (callgrind --toggle-collect) looks at.
//
// forward_loop BATCH ROUNDS: forwards BATCH * ROUNDS frames, touching byte 1 of each. With --ticks
// it prints how long the driver's part of that took.
#include <cstdlib>
#include <span>

#include <fmt/format.h>

#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/driver/intel/ring_memory.hpp"
#include "bulkhead/driver/ixgbe/rx_queue.hpp"
#include "bulkhead/driver/ixgbe/tx_queue.hpp"
#include "bulkhead/net/forward.hpp"

#include "bench/burst_ticks.hpp"
#include "bench/loop_memory.hpp"
#include "bench/loop_options.hpp"

namespace bulkhead {
namespace {

using intel::ring_size;
using intel::RingMemory;

constexpr uint32_t frame_length = 60;

/// One queue pair and the device behind it: it receives from nowhere and sends to nowhere.
class Pair {
 public:
  Pair(const memory::Region& rings, size_t number, std::shared_ptr<queue::Pool> pool)
      : rx_ring_(RingMemory::at<RingMemory::ring_bytes>(rings, RingMemory::rx(number))),
        head_(RingMemory::at<4>(rings, RingMemory::head(number))),
        rx_(ixgbe::RxQueue::Ring{rx_ring_}, regs::Doorbell{doorbells_, 0}, pool, Iova{1U << 30U}),
        tx_(ixgbe::TxQueue::Ring{RingMemory::at<RingMemory::ring_bytes>(rings,
                                                                        RingMemory::tx(number))},
            regs::Doorbell{doorbells_, 4}, ixgbe::HeadReport{head_}, pool, Iova{1U << 30U}) {
    rx_.start();
  }

  /// The device writes back `count` filled descriptors, and says that it has sent all.
  void work(uint32_t count) {
    constexpr uint64_t filled = intel::rx_descriptor::DD | intel::rx_descriptor::EOP |
                                uint64_t{frame_length} << intel::rx_descriptor::length_shift;
    for (uint32_t i = 0; i < count; ++i) {
      shared::store_release<uint64_t>(rx_ring_, next_ * 16 + 8, filled);
      next_ = (next_ + 1) % ring_size;
    }
    shared::store_release<uint32_t>(head_, 0, shared::load_acquire<uint32_t>(doorbells_, 4));
  }
  ixgbe::RxQueue& rx() { return rx_; }
  ixgbe::TxQueue& tx() { return tx_; }

 private:
  std::span<std::byte, RingMemory::ring_bytes> rx_ring_;
  std::span<std::byte, 4> head_;
  alignas(8) std::array<std::byte, 8> doorbells_{};
  size_t next_ = 0;
  ixgbe::RxQueue rx_;
  ixgbe::TxQueue tx_;
};

}  // namespace

extern "C" [[gnu::noinline, gnu::flatten]] uint32_t forward_step(net::Forwarder& forwarder) {
  return forwarder.step().sent;
}

namespace {

/// Forwards BATCH frames a round.
Result<> forward(Pair& from, Pair& to, net::Forwarder& forwarder,
                 const bench::LoopOptions& options) {
  uint64_t forwarded = 0;
  for (uint32_t i = 0; i < options.rounds; ++i) {
    from.work(options.batch);
    forwarded += forward_step(forwarder);
    to.work(0);
  }
  return bench::print_count(forwarded, options);
}

Result<> run(const bench::LoopOptions& options) {
  BULKHEAD_TRY_ASSIGN(const auto pool,
                      bench::make_pool({.buffers = 4096, .buffer_size = 2_KiB}, options.pages));
  BULKHEAD_TRY_ASSIGN(const auto rings,
                      bench::make_region("rings", RingMemory::size(2), options.pages));
  Pair from{rings, 0, pool};
  Pair to{rings, 1, pool};
  net::Forwarder forwarder{from.rx(), to.tx(), pool, options.batch, net::Handling::touch};
  if (!options.ticks) return forward(from, to, forwarder, options);
  return bench::print_ticks(
      options.batch, options.rounds,
      bench::BurstDriver{[&](uint32_t frames) { from.work(frames); },
                         [&] { return forward_step(forwarder); }, [&] { to.work(0); }});
}

}  // namespace
}  // namespace bulkhead

int main(int argc, char** argv) {
  using namespace bulkhead;
  CLI::App app{"The data path of queues, on rings in plain memory", "forward_loop"};
  bench::LoopOptions options;
  bench::add_loop_options(app, options, queue::Batch::most);
  if (const auto code = bench::parse_loop_options(app, argc, argv)) return *code;
  const auto result = run(options);
  if (!result) fmt::print(stderr, "forward_loop: {}\n", result.error().message());
  return result ? EXIT_SUCCESS : EXIT_FAILURE;
}
