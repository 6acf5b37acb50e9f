#include "bulkhead/driver/ixgbe/rx_queue.hpp"

#include <set>

#include <gtest/gtest.h>

#include "tests/driver/intel/queue_test.hpp"

namespace bulkhead::ixgbe {
namespace {

using intel::buffers_at;
using intel::QueueTest;
using intel::row_size;
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

TEST_F(RxQueueTest, HandsOutFramesInTheRingsOrder) {
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
  EXPECT_EQ(queue.counters().frames, 2U);
  EXPECT_EQ(queue.receive(batch), 0U);
}

TEST_F(RxQueueTest, PutsFreshBuffersIntoARowThatIsUsedUp) {
  RxQueue queue = make_queue();
  queue.start();
  std::set<uint64_t> before;
  for (uint32_t i = 0; i < row_size; ++i) {
    before.insert(low_word(i));
    write_high_word(i, written_back(60));
  }
  Batch batch{pool_, Batch::most};
  EXPECT_EQ(queue.receive(batch), row_size);
  EXPECT_EQ(tail(), row_size - 1) << "one behind the next that will be read";
  for (uint32_t i = 0; i < row_size; ++i) {
    EXPECT_FALSE(before.contains(low_word(i)));
    EXPECT_EQ(high_word(i), 0U) << "DD is cleared";
  }
}

TEST_F(RxQueueTest, GoesAroundTheRingWhateverTheBatch) {
  for (const uint32_t size : {1U, 2U, 7U, 31U, 32U, 33U, 100U, 256U}) {
    RxQueue queue = make_queue();
    queue.start();
    uint32_t filled = 0;
    uint32_t received = 0;
    while (received < 3 * ring_size) {
      for (uint32_t i = 0; i < size; ++i, ++filled)
        write_high_word(filled % ring_size, written_back(60 + filled % 1000));
      Batch batch{pool_, size};
      ASSERT_EQ(queue.receive(batch), size);
      for (const auto frame : batch) ASSERT_EQ(frame.size(), 60 + received++ % 1000);
    }
    EXPECT_EQ(queue.counters().frames, received);
    EXPECT_EQ(tail() % row_size, row_size - 1);
  }
  EXPECT_EQ(pool_->available(), 2 * ring_size);
}

TEST_F(RxQueueTest, RingsForWholeRows) {
  for (const uint32_t size : {1U, 32U, 100U, 256U}) {
    RxQueue queue = make_queue();
    queue.start();
    for (uint32_t i = 0; i < ring_size; ++i) write_high_word(i, written_back(60));
    forget_tail();
    Batch batch{pool_, size};
    EXPECT_EQ(queue.receive(batch), size);
    // A row is filled up again when the next one is needed.
    EXPECT_EQ(tail(), size <= row_size ? no_tail : (size - 1) / row_size * row_size - 1) << size;
  }
}

TEST_F(RxQueueTest, TakesNoMoreThanTheBatchHolds) {
  RxQueue queue = make_queue();
  queue.start();
  for (uint32_t i = 0; i < ring_size; ++i) write_high_word(i, written_back(60));
  Batch batch{pool_, 5};
  EXPECT_EQ(queue.receive(batch), 5U);
  EXPECT_EQ(queue.receive(batch), 0U) << "the batch is full";
}

TEST_F(RxQueueTest, WaitsAtARowsEndForAPoolThatHasNotEnoughToFillItAgain) {
  RxQueue queue = make_queue();
  queue.start();
  for (uint32_t i = 0; i < ring_size; ++i) write_high_word(i, written_back(60));
  const uint32_t held = pool_->available() - row_size + 1;
  pool_->take(held);
  Batch batch{pool_, 100};
  EXPECT_EQ(queue.receive(batch), row_size);
  EXPECT_EQ(queue.receive(batch), 0U);
  batch.clear();
  EXPECT_EQ(queue.receive(batch), row_size) << "what came back is enough";
}

TEST_F(RxQueueTest, ADescriptorThatWasTakenIsNotTakenAgainWhateverTheDeviceWrites) {
  RxQueue queue = make_queue();
  queue.start();
  pool_->take(pool_->available());
  Batch batch{pool_, Batch::most};
  for (int i = 0; i < 10; ++i) {
    for (uint32_t position = 0; position < ring_size; ++position)
      write_high_word(position, written_back(60));
    queue.receive(batch);
  }
  EXPECT_EQ(batch.size(), row_size) << "a buffer that was handed out is never handed out twice";
}

TEST_F(RxQueueTest, ALengthThatLiesDropsThatFrameOnly) {
  RxQueue queue = make_queue();
  queue.start();
  constexpr std::array<uint64_t, 5> lies{2049, 0xFFFF, 0, 1, 13};
  for (uint32_t i = 0; i < lies.size(); ++i) write_high_word(i, written_back(lies.at(i)));
  write_high_word(lies.size(), written_back(60));
  for (const uint32_t limit : {1U, 32U}) {
    Batch batch{pool_, limit};
    for (size_t i = 0; i < lies.size() && batch.empty(); ++i) queue.receive(batch);
    if (limit == 1) {
      EXPECT_TRUE(batch.empty());
      EXPECT_EQ(queue.receive(batch), 1U);
      EXPECT_EQ((*batch.begin()).size(), 60U);
    }
  }
  EXPECT_EQ(queue.counters().bad_length, lies.size());
  EXPECT_EQ(queue.counters().frames, 1U);
}

TEST_F(RxQueueTest, LengthsUpToABuffersAreTaken) {
  RxQueue queue = make_queue();
  queue.start();
  constexpr std::array<uint64_t, 4> lengths{14, 15, 2047, 2048};
  for (uint32_t i = 0; i < lengths.size(); ++i) write_high_word(i, written_back(lengths.at(i)));
  Batch batch{pool_, 32};
  EXPECT_EQ(queue.receive(batch), lengths.size());
  size_t i = 0;
  for (const auto frame : batch) EXPECT_EQ(frame.size(), lengths.at(i++));
}

TEST_F(RxQueueTest, WhatTheDeviceWritesBesideStatusAndLengthChangesNothing) {
  RxQueue queue = make_queue();
  queue.start();
  // A VLAN tag in bits 63:48, and status bits that are not looked at.
  write_high_word(0, written_back(60) | uint64_t{0xFFFF} << 48U | 0x0FF0'0000U | 0x7F8U);
  Batch batch{pool_, 32};
  EXPECT_EQ(queue.receive(batch), 1U);
  EXPECT_EQ((*batch.begin()).size(), 60U);
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

TEST_F(RxQueueTest, AFrameOverMoreThanARowIsDroppedWhole) {
  RxQueue queue = make_queue();
  queue.start();
  Batch batch{pool_, 32};
  const uint32_t end = 2 * row_size + 7;
  for (uint32_t i = 0; i < end; ++i) write_high_word(i, written_back(2048, 0b01));
  write_high_word(end, written_back(100));
  write_high_word(end + 1, written_back(60));
  for (uint32_t call = 0; call < end; ++call) queue.receive(batch);
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_EQ((*batch.begin()).size(), 60U);
  EXPECT_EQ(queue.counters().bad_frame, 1U);
}

TEST_F(RxQueueTest, FramesAcrossTwoRowsDoNotKeepFreshBuffersFromTheDevice) {
  RxQueue queue = make_queue();
  queue.start();
  Batch batch{pool_, 32};
  uint32_t written = 0;  // by a device that heeds the tail
  for (uint32_t call = 0; call < 8 * ring_size; ++call) {
    // A whole frame, then frames of two descriptors, of which the first has an odd number.
    for (; written % ring_size != tail(); ++written)
      write_high_word(written % ring_size, written_back(100, written % 2 == 1 ? 0b01 : 0b11));
    queue.receive(batch);
    batch.clear();
  }
  EXPECT_GT(written, 3 * ring_size);
}

TEST_F(RxQueueTest, AFrameThatTheMacFoundBadIsDropped) {
  RxQueue queue = make_queue();
  queue.start();
  write_high_word(0, written_back(60, 0b11 | rx_descriptor::RXE));
  Batch batch{pool_, 32};
  EXPECT_EQ(queue.receive(batch), 0U);
  EXPECT_EQ(queue.counters().bad_frame, 1U);
  EXPECT_EQ(pool_->available(), ring_size + 1) << "its buffer is the pool's again";
}

TEST_F(RxQueueTest, ADeviceThatWritesNonsenseForeverDoesNotKeepUs) {
  RxQueue queue = make_queue();
  queue.start();
  Batch batch{pool_, 32};
  for (uint32_t i = 0; i < ring_size; ++i) write_high_word(i, ~uint64_t{0});
  for (uint32_t i = 0; i < 3000; ++i) {
    EXPECT_EQ(queue.receive(batch), 0U);
    write_high_word((i + row_size) % ring_size, ~uint64_t{0});
  }
  EXPECT_GE(pool_->available(), ring_size) << "no buffer is lost";
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
