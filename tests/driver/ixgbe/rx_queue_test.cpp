#include "bulkhead/driver/ixgbe/rx_queue.hpp"

#include <set>

#include <gtest/gtest.h>

#include "tests/driver/intel/queue_test.hpp"

namespace bulkhead::ixgbe {
namespace {

using intel::buffers_at;
using intel::QueueTest;
using queue::Batch;

constexpr uint64_t written_back(uint64_t length, uint64_t status = 0b11) {
  return status | length << 32U;
}

class RxQueueTest : public QueueTest {
 protected:
  RxQueue make_queue() { return RxQueue{RxQueue::Ring{ring()}, doorbell(), pool_, buffers_at}; }
};

TEST_F(RxQueueTest, PostsABufferOfItsOwnInEveryDescriptor) {
  RxQueue queue = make_queue();
  queue.start();
  std::set<uint64_t> addresses;
  for (uint32_t i = 0; i < ring_size; ++i) {
    addresses.insert(low_word(i));
    EXPECT_EQ(high_word(i), 0U);
  }
  EXPECT_EQ(addresses.size(), ring_size);
  EXPECT_GE(*addresses.begin(), buffers_at.value());
  EXPECT_LE(*addresses.rbegin() + 2048, buffers_at.value() + pool_->region().size().value());
  EXPECT_EQ(tail(), ring_size - 1);
}

TEST_F(RxQueueTest, HandsOutFramesInTheRingsOrderAndRefills) {
  RxQueue queue = make_queue();
  queue.start();
  const uint64_t first_buffer = low_word(0);
  write_high_word(0, written_back(60));
  write_high_word(1, written_back(1514));
  write_high_word(3, written_back(64));  // the third is not there yet
  Batch batch{pool_, 32};
  EXPECT_EQ(queue.receive(batch), 2U);
  EXPECT_EQ((*batch.begin()).size(), 60U);
  EXPECT_EQ((*batch.begin()).data(),
            pool_->region()
                .bytes()
                .subspan(queue::Buffers::headroom + (first_buffer - buffers_at.value()))
                .data());
  EXPECT_NE(low_word(0), first_buffer) << "a fresh buffer is posted";
  EXPECT_EQ(high_word(0), 0U) << "DD is cleared";
  EXPECT_EQ(tail(), 1U) << "one behind the next that will be read";
  EXPECT_EQ(queue.counters().frames, 2U);
  EXPECT_EQ(queue.receive(batch), 0U);
}

TEST_F(RxQueueTest, GoesAroundTheRing) {
  RxQueue queue = make_queue();
  queue.start();
  for (uint32_t i = 0; i < 3 * ring_size; ++i) {
    write_high_word(i % ring_size, written_back(60));
    Batch batch{pool_, 1};
    ASSERT_EQ(queue.receive(batch), 1U) << i;
  }
  EXPECT_EQ(tail(), ring_size - 1);
  EXPECT_EQ(pool_->available(), ring_size);
}

TEST_F(RxQueueTest, TakesNoMoreThanTheBatchAndThePoolHold) {
  RxQueue queue = make_queue();
  queue.start();
  for (uint32_t i = 0; i < ring_size; ++i) write_high_word(i, written_back(60));
  Batch batch{pool_, 5};
  EXPECT_EQ(queue.receive(batch), 5U);
  EXPECT_EQ(queue.receive(batch), 0U) << "the batch is full";
  pool_->take(pool_->available() - 2);
  Batch second{pool_, 32};
  EXPECT_EQ(queue.receive(second), 2U) << "two buffers are left to refill with";
}

TEST_F(RxQueueTest, ALengthThatLiesDropsThatFrameOnly) {
  RxQueue queue = make_queue();
  queue.start();
  constexpr std::array<uint64_t, 5> lies{2049, 0xFFFF, 0, 1, 13};
  for (uint32_t i = 0; i < lies.size(); ++i) write_high_word(i, written_back(lies.at(i)));
  write_high_word(lies.size(), written_back(60));
  Batch batch{pool_, 32};
  while (queue.receive(batch) == 0 && queue.counters().bad_length <= lies.size()) {
  }
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_EQ((*batch.begin()).size(), 60U);
  EXPECT_EQ(queue.counters().bad_length, lies.size());
  EXPECT_EQ(high_word(0), 0U) << "the descriptor is the device's again";
}

TEST_F(RxQueueTest, AFrameOverSeveralDescriptorsIsDroppedWholeWheneverItsPartsCome) {
  RxQueue queue = make_queue();
  queue.start();
  Batch batch{pool_, 32};
  write_high_word(0, written_back(2048, 0b01));  // DD without EOP
  EXPECT_EQ(queue.receive(batch), 0U);
  EXPECT_EQ(queue.receive(batch), 0U);
  write_high_word(1, written_back(2048, 0b01));
  write_high_word(2, written_back(100));  // its end
  write_high_word(3, written_back(60));   // another frame
  EXPECT_EQ(queue.receive(batch), 1U);
  EXPECT_EQ((*batch.begin()).size(), 60U);
  EXPECT_EQ(queue.counters().bad_frame, 1U);
}

TEST_F(RxQueueTest, AFrameThatTheMacFoundBadIsDropped) {
  RxQueue queue = make_queue();
  queue.start();
  write_high_word(0, written_back(60, 0b11 | rx_descriptor::RXE));
  Batch batch{pool_, 32};
  EXPECT_EQ(queue.receive(batch), 0U);
  EXPECT_EQ(queue.counters().bad_frame, 1U);
  EXPECT_EQ(tail(), 0U) << "its descriptor is posted again";
}

TEST_F(RxQueueTest, ADeviceThatWritesNonsenseForeverDoesNotKeepUs) {
  RxQueue queue = make_queue();
  queue.start();
  Batch batch{pool_, 32};
  for (uint32_t i = 0; i < ring_size; ++i) write_high_word(i, ~uint64_t{0});
  for (int i = 0; i < 3000; ++i) EXPECT_EQ(queue.receive(batch), 0U);
  EXPECT_EQ(pool_->available(), ring_size) << "no buffer is lost";
}

TEST_F(RxQueueTest, GivesItsBuffersBackWhenItEnds) {
  {
    RxQueue queue = make_queue();
    queue.start();
    EXPECT_EQ(pool_->available(), ring_size);
  }
  EXPECT_EQ(pool_->available(), 2 * ring_size);
}

TEST_F(RxQueueTest, AnotherPoolsBatchTraps) {
  RxQueue queue = make_queue();
  queue.start();
  Batch batch{*queue::Pool::create({.buffers = 1}), 32};
  EXPECT_DEATH(queue.receive(batch), "");
}

}  // namespace
}  // namespace bulkhead::ixgbe
