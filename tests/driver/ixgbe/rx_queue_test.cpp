#include "bulkhead/driver/ixgbe/rx_queue.hpp"

#include <gtest/gtest.h>

#include "tests/driver/intel/queue_test.hpp"

namespace bulkhead::ixgbe {
namespace {

using AdvancedDescriptors = intel::QueueTest;

TEST_F(AdvancedDescriptors, AFrameThatTheMacFoundBadIsDropped) {
  RxQueue queue{RxQueue::Ring{ring()}, doorbell(), pool_, intel::buffers_at};
  queue.start();
  constexpr uint64_t good = 0b11 | uint64_t{60} << 32U;
  write_high_word(0, good | rx_descriptor::RXE);
  queue::Batch batch{pool_, 32};
  EXPECT_EQ(queue.receive(batch), 0U);
  EXPECT_EQ(queue.counters().bad_frame, 1U);
  EXPECT_EQ(pool_->available(), ring_size + 1) << "its buffer is the pool's again";
}

}  // namespace
}  // namespace bulkhead::ixgbe
