// A queue on plain memory, with the test in the device's place: for both layouts of rings.
#pragma once

#include <array>
#include <memory>
#include <type_traits>

#include <gtest/gtest.h>

#include "bulkhead/driver/virtio/packed_ring.hpp"
#include "bulkhead/driver/virtio/rx_queue.hpp"
#include "bulkhead/driver/virtio/split_ring.hpp"

#include "tests/driver/virtio/device_ring.hpp"

namespace bulkhead::virtio {

template <class RingType, bool event_index>
struct Layout {
  using Ring = RingType;
  static constexpr bool events = event_index;
};
using Layouts = ::testing::Types<Layout<SplitRing<256>, false>, Layout<SplitRing<256>, true>,
                                 Layout<PackedRing<256>, false>, Layout<PackedRing<256>, true>>;

template <class L>
class QueueTest : public ::testing::Test {
 protected:
  using Ring = typename L::Ring;
  using Device = std::conditional_t<Ring::packed, PackedDevice, SplitDevice>;
  static constexpr uint32_t entries = Ring::extent;
  static constexpr Iova buffers_at{0x1'2340'0040};
  static constexpr uint16_t number = 7;

  QueueTest()
      : region_(*memory::Region::allocate("ring", Bytes{Ring::size_in_bytes})),
        pool_(*queue::Pool::create({.buffers = 4 * entries, .buffer_size = 2_KiB})),
        device_(
            entries,
            {memory(), memory().subspan(Ring::driver_area), memory().subspan(Ring::device_area)},
            L::events) {
    silence();
  }

  [[nodiscard]] std::span<std::byte, Ring::size_in_bytes> memory() const {
    return region_.bytes().template first<Ring::size_in_bytes>();
  }
  /// A device that has seen nothing yet.
  [[nodiscard]] Device make_device() const {
    return Device{
        entries,
        {memory(), memory().subspan(Ring::driver_area), memory().subspan(Ring::device_area)},
        L::events};
  }
  [[nodiscard]] Ring ring() const { return Ring{memory(), L::events}; }
  [[nodiscard]] QueueSetup setup(bool mergeable = true) {
    return {.notifier = Notifier{regs::Doorbell16{doorbell_, 0}, number},
            .pool = pool_,
            .buffers_at = buffers_at,
            .header = 12,
            .longest_frame = 1518,
            .mergeable = mergeable};
  }
  /// The pool's memory, as the device reaches it.
  [[nodiscard]] std::span<std::byte> at(uint64_t address, size_t length) const {
    return pool_->region().bytes().subspan(
        address - (buffers_at.value() - queue::Buffers::headroom), length);
  }
  /// Whether the driver has notified since the last silence().
  [[nodiscard]] bool rung() const {
    const auto word = shared::load_acquire<uint16_t>(doorbell_, 0);
    if (word != silent) {
      EXPECT_EQ(word, number);
    }
    return word != silent;
  }
  void silence() { shared::store_release<uint16_t>(doorbell_, 0, silent); }

  static constexpr uint16_t silent = 0xFFFF;
  memory::Region region_;
  std::shared_ptr<queue::Pool> pool_;
  Device device_;
  alignas(4) std::array<std::byte, 4> doorbell_{};
};

}  // namespace bulkhead::virtio
