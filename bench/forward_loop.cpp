// The data path alone, for counting its instructions: forwards frames between two ixgbe queue pairs
// in plain memory. What the devices would do happens outside of `forward_step`, the one function
// that a counter (callgrind --toggle-collect) looks at.
//
// forward_loop BATCH ROUNDS: forwards BATCH * ROUNDS frames, touching byte 1 of each.
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/driver/intel/ring_memory.hpp"
#include "bulkhead/driver/ixgbe/rx_queue.hpp"
#include "bulkhead/driver/ixgbe/tx_queue.hpp"
#include "bulkhead/net/forward.hpp"

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

std::optional<uint32_t> number(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
  if (error != std::errc{} || end != text.end() || value == 0) return std::nullopt;
  return value;
}

int run(uint32_t batch, uint32_t rounds) {
  auto pool = queue::Pool::create({.buffers = 4096, .buffer_size = 2_KiB});
  auto rings = memory::Region::allocate("rings", RingMemory::size(2));
  if (!pool || !rings) return EXIT_FAILURE;
  Pair from{*rings, 0, *pool};
  Pair to{*rings, 1, *pool};
  net::Forwarder forwarder{from.rx(), to.tx(), *pool, batch, net::Handling::touch};
  uint64_t forwarded = 0;
  for (uint32_t i = 0; i < rounds; ++i) {
    from.work(batch);
    forwarded += forward_step(forwarder);
    to.work(0);
  }
  fmt::print("{}\n", forwarded);
  return forwarded == uint64_t{batch} * rounds ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace bulkhead

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments{argv, std::next(argv, argc)};
  const auto batch = arguments.size() == 3 ? bulkhead::number(arguments[1]) : std::nullopt;
  const auto rounds = arguments.size() == 3 ? bulkhead::number(arguments[2]) : std::nullopt;
  if (!batch || !rounds || *batch > bulkhead::queue::Batch::most) {
    fmt::print(stderr, "usage: forward_loop BATCH ROUNDS\n");
    return 2;
  }
  return bulkhead::run(*batch, *rounds);
}
