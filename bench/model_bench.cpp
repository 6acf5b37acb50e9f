// How fast the 82599 model is: generator -> rx descriptors -> (the same buffers) -> tx descriptors
// -> verifier, on one core. The client here is as small as it can be, so that the number is the
// model's: a driver that is to be measured against it must not wait for it.
//
//   SIZE=64 SECONDS_TO_RUN=2 model_bench
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <span>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/mapping.hpp"
#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/bus/vfio_user/protocol.hpp"

#include "model/ixgbe/ixgbe_model.hpp"
#include "model/wires/generate.hpp"

namespace bulkhead::model {
namespace {

using Clock = std::chrono::steady_clock;

/// The processor time of this thread, in seconds: what it takes when nobody else is there.
double processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

constexpr uint32_t entries = 512;
constexpr uint32_t buffer_size = 2048;
constexpr uint64_t iova = 0x1'0000'0000;
constexpr size_t rings_size = 64 * 1024;
constexpr size_t memory_size = 4 * 1024 * 1024;
constexpr uint64_t tx_ring = 32 * 1024;

/// Forwards in place: what an rx descriptor held goes out of the tx descriptor of the same slot,
/// and is given back to the rx ring when it has left.
class Client {
 public:
  Client(ixgbe::Ixgbe& device, std::span<std::byte> memory, std::span<std::byte> rx_page,
         std::span<std::byte> tx_page)
      : device_(device), memory_(memory), rx_page_(rx_page), tx_page_(tx_page) {}

  /// `size` is the largest frame's, with CRC.
  bool start(uint64_t size) {
    bool ok = device_.write_region(vfio_user::region_config, 4, to_bytes(uint16_t{6})).has_value();
    if (size > 1518) {
      // HLREG0.JUMBOEN and MAXFRS.
      ok = write(0x4240, 0x08010C03 | 1U << 2U) && ok;
      ok = write(0x4268, static_cast<uint32_t>(size) << 16U) && ok;
    }
    ok = write(0x5080, 0x700) && write(0x3000, 1) && write(0x4A80, 1) && ok;
    for (const auto& [block, ring] : {std::pair{0x1000U, uint64_t{0}}, {0x6000U, tx_ring}}) {
      const uint64_t base = iova + ring;
      ok = write(block, static_cast<uint32_t>(base)) && ok;
      ok = write(block + 4, static_cast<uint32_t>(base >> 32U)) && ok;
      ok = write(block + 8, entries * 16) && ok;
      ok = write(block + 0x28, 1U << 25U) && ok;
    }
    ok = write(0x1014, 2U | 1U << 25U) && ok;
    for (uint32_t slot = 0; slot < entries; ++slot) refill(slot);
    store(rx_page_, 0x18, entries - 1);
    return ok;
  }

  /// Frames that it has forwarded; a large one takes several descriptors.
  uint32_t forward() {
    uint32_t moved = 0;
    uint32_t frames = 0;
    while (moved < 32) {
      const uint64_t status = shared::load_acquire<uint64_t>(memory_, rx_ * 16 + 8);
      if ((status & 1U) == 0) break;
      const uint64_t length = status >> 32U & 0xFFFFU;
      const bool last = (status & 2U) != 0;
      frames += last ? 1 : 0;
      const uint32_t end = last ? 1U << 24U : 0;
      const uint32_t report = last && moved == 31 ? 1U << 27U : 0;
      shared::store_relaxed<uint64_t>(memory_, tx_ring + rx_ * 16, address(rx_));
      shared::store_relaxed<uint64_t>(memory_, tx_ring + rx_ * 16 + 8,
                                      length | 0x22300000U | end | report);
      rx_ = (rx_ + 1) % entries;
      ++moved;
    }
    if (moved != 0) store(tx_page_, 0x18, rx_);
    const uint32_t sent = shared::load_acquire<uint32_t>(tx_page_, 0x10);
    if (sent != cleaned_) {
      for (; cleaned_ != sent; cleaned_ = (cleaned_ + 1) % entries) refill(cleaned_);
      store(rx_page_, 0x18, (cleaned_ + entries - 1) % entries);
    }
    return frames;
  }

 private:
  static uint64_t address(uint32_t slot) { return iova + rings_size + slot * buffer_size; }
  bool write(uint64_t offset, uint32_t value) {
    return device_.write_region(0, offset, to_bytes(value)).has_value();
  }
  static void store(std::span<std::byte> page, size_t offset, uint32_t value) {
    shared::store_release<uint32_t>(page, offset, value);
  }
  void refill(uint32_t slot) {
    shared::store_relaxed<uint64_t>(memory_, slot * 16, address(slot));
    shared::store_relaxed<uint64_t>(memory_, slot * 16 + 8, 0);
  }

  ixgbe::Ixgbe& device_;
  std::span<std::byte> memory_;
  std::span<std::byte> rx_page_;
  std::span<std::byte> tx_page_;
  uint32_t rx_ = 0;
  uint32_t cleaned_ = 0;
};

uint64_t setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr) return otherwise;
  const std::string_view digits{text};
  uint64_t value = otherwise;
  std::from_chars(digits.begin(), digits.end(), value);
  return value;
}

Result<> bench(uint64_t size, uint64_t seconds) {
  if (size < Generate::smallest || size > Generate::largest)
    return fail(ErrorCode::invalid_argument, fmt::format("SIZE={}", size),
                fmt::format("use {} to {}", Generate::smallest, Generate::largest));
  auto wire = std::make_unique<Generate>(size, 0);
  Generate& generator = *wire;
  BULKHEAD_TRY_ASSIGN(auto device, ixgbe::make_ixgbe({}, std::move(wire)));
  BULKHEAD_TRY_ASSIGN(OwnedFd fd,
                      create_sealed_memory("model_bench", Bytes{memory_size}, PageSize::small_4k));
  BULKHEAD_TRY_ASSIGN(Mapping memory, Mapping::map(fd.get(), 0, Bytes{memory_size}));
  const int bar = device->region(0).shared;
  BULKHEAD_TRY_ASSIGN(Mapping rx_page, Mapping::map(bar, 0x1000, 4_KiB));
  BULKHEAD_TRY_ASSIGN(Mapping tx_page, Mapping::map(bar, 0x6000, 4_KiB));
  BULKHEAD_TRY(device->map_dma(iova, memory_size, 3, std::move(fd), 0));
  Client client{*device, memory.bytes(), rx_page.bytes(), tx_page.bytes()};
  if (!client.start(size)) return fail(ErrorCode::io, "setting up the model failed");

  const double used = processor_time();
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::seconds{seconds};
  uint64_t frames = 0;
  auto now = begin;
  while (now < end) {
    for (int i = 0; i < 1000; ++i) {
      device->work();
      frames += client.forward();
    }
    now = Clock::now();
  }
  const double elapsed = std::chrono::duration<double>(now - begin).count();
  const auto counts = generator.sequence_counts();
  fmt::print(
      "{} bytes: {:.2f} Mpps of wall clock, {:.2f} Mpps of processor time, {} frames, {} received, "
      "{} lost, {} corrupted\n",
      size, static_cast<double>(frames) / elapsed / 1e6,
      static_cast<double>(frames) / (processor_time() - used) / 1e6, frames, generator.received(),
      counts.lost, generator.corrupted());
  return {};
}

}  // namespace
}  // namespace bulkhead::model

int main() {
  using bulkhead::model::setting;
  const auto result = bulkhead::model::bench(setting("SIZE", 64), setting("SECONDS_TO_RUN", 2));
  if (!result) fmt::print(stderr, "model_bench: {}\n", result.error().message());
  return result ? 0 : 1;
}
