// An rx or tx queue on plain memory, with the test in the device's place.
#pragma once

#include <array>
#include <memory>

#include <gtest/gtest.h>

#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/driver/intel/ring_memory.hpp"
#include "bulkhead/queue/batch.hpp"

namespace bulkhead::intel {

inline constexpr Iova buffers_at{0x1'2340'0000};

class QueueTest : public ::testing::Test {
 protected:
  QueueTest()
      : region_(*memory::Region::allocate("rings", RingMemory::size(1))),
        pool_(*queue::Pool::create({.buffers = 2 * ring_size, .buffer_size = 2_KiB})) {}

  [[nodiscard]] std::span<std::byte, RingMemory::ring_bytes> ring() const {
    return RingMemory::at<RingMemory::ring_bytes>(region_, RingMemory::rx(0));
  }
  [[nodiscard]] uint64_t low_word(uint32_t descriptor) const {
    return shared::load_acquire<uint64_t>(ring(), size_t{descriptor} * 16);
  }
  [[nodiscard]] uint64_t high_word(uint32_t descriptor) const {
    return shared::load_acquire<uint64_t>(ring(), size_t{descriptor} * 16 + 8);
  }
  void write_low_word(uint32_t descriptor, uint64_t value) const {
    shared::store_release<uint64_t>(ring(), size_t{descriptor} * 16, value);
  }
  void write_high_word(uint32_t descriptor, uint64_t value) const {
    shared::store_release<uint64_t>(ring(), size_t{descriptor} * 16 + 8, value);
  }
  [[nodiscard]] regs::Doorbell doorbell() { return regs::Doorbell{doorbell_, 0}; }
  [[nodiscard]] uint32_t tail() const { return shared::load_acquire<uint32_t>(doorbell_, 0); }
  static constexpr uint32_t no_tail = ~0U;
  void forget_tail() { shared::store_release<uint32_t>(doorbell_, 0, no_tail); }

  memory::Region region_;
  std::shared_ptr<queue::Pool> pool_;
  alignas(4) std::array<std::byte, 4> doorbell_{};
};

}  // namespace bulkhead::intel
