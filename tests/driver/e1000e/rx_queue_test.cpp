#include "bulkhead/driver/e1000e/rx_queue.hpp"

#include <gtest/gtest.h>

#include "tests/driver/intel/queue_test.hpp"

namespace bulkhead::e1000e {
namespace {

using ExtendedDescriptors = intel::QueueTest;

TEST_F(ExtendedDescriptors, EachErrorOfTheMacDropsItsFrame) {
  RxQueue queue{RxQueue::Ring{ring()}, doorbell(), pool_, intel::buffers_at};
  queue.start();
  constexpr uint64_t good = 0b11 | uint64_t{60} << 32U;
  uint32_t descriptor = 0;
  for (const unsigned error : {24U, 25U, 26U, 28U, 31U})
    write_high_word(descriptor++, good | bit64(error));
  write_high_word(descriptor, good | bit64(29) | bit64(30));  // checksums, which are not the MAC's
  queue::Batch batch{pool_, 32};
  for (int i = 0; i < 10; ++i) queue.receive(batch);
  EXPECT_EQ(batch.size(), 1U);
  EXPECT_EQ(queue.counters().bad_frame, 5U);
}

}  // namespace
}  // namespace bulkhead::e1000e
