#include "bulkhead/driver/e1000e/tx_queue.hpp"

#include <gtest/gtest.h>

#include "tests/driver/intel/queue_test.hpp"

namespace bulkhead::e1000e {
namespace {

using intel::buffers_at;
using queue::Batch;
using queue::Packet;

class DoneBitsTest : public intel::QueueTest {
 protected:
  TxQueue make_queue() {
    return TxQueue{TxQueue::Ring{ring()}, doorbell(), DoneBits{}, pool_, buffers_at};
  }
  void send(TxQueue& queue, uint32_t frames, uint32_t length = 60) {
    Batch batch{pool_, Batch::most};
    for (uint32_t i = 0; i < frames; ++i) {
      auto packet = Packet::allocate(*pool_, length);
      ASSERT_TRUE(packet);
      batch.add(*std::move(packet));
    }
    ASSERT_EQ(queue.send(batch), frames);
  }
  /// The device marks a descriptor as done, if it asked for that.
  void finish(uint32_t descriptor) const {
    const uint64_t word = high_word(descriptor);
    ASSERT_NE(word & tx_descriptor::RS, 0U) << descriptor;
    write_high_word(descriptor, word | tx_descriptor::DD);
  }
  [[nodiscard]] uint32_t out() const { return pool_->capacity() - pool_->available(); }
};

TEST_F(DoneBitsTest, DescribesAFrameAndAsksForNoReportYet) {
  TxQueue queue = make_queue();
  send(queue, 2, 1514);
  EXPECT_EQ(tail(), 2U);
  EXPECT_EQ(high_word(0), 0x0300'0000U | 1514U) << "EOP, IFCS and the length; no RS, no DEXT";
  EXPECT_GE(low_word(0), buffers_at.value());
}

TEST_F(DoneBitsTest, BuffersComeBackByWholeGroups) {
  TxQueue queue = make_queue();
  for (int i = 0; i < 4; ++i) send(queue, 32);
  EXPECT_EQ(out(), 128U);
  queue.reclaim();
  EXPECT_EQ(out(), 128U) << "nothing is done";
  finish(63);
  queue.reclaim();
  EXPECT_EQ(out(), 128U) << "a later group does not count before an earlier one";
  finish(31);
  queue.reclaim();
  EXPECT_EQ(out(), 64U) << "both groups";
  finish(95);
  finish(127);
  queue.reclaim();
  EXPECT_EQ(out(), 0U);
}

TEST_F(DoneBitsTest, FramesOfAGroupThatHasNotAskedStay) {
  TxQueue queue = make_queue();
  send(queue, 32);
  send(queue, 7);
  finish(31);
  write_high_word(38, high_word(38) | tx_descriptor::DD);
  queue.reclaim();
  EXPECT_EQ(out(), 7U) << "a mark that nobody asked for frees nothing";
}

TEST_F(DoneBitsTest, GoesAroundTheRingInUnevenBatches) {
  TxQueue queue = make_queue();
  uint32_t sent = 0;
  for (uint32_t i = 0; i < 200; ++i) {
    const uint32_t before = sent;
    const uint32_t frames = 33 + i % 17;
    send(queue, frames);
    sent += frames;
    for (uint32_t end = before / 32 * 32 + 31; end < sent; end += 32)
      finish(end % intel::ring_size);
    queue.reclaim();
    ASSERT_EQ(out(), sent % 32) << i;
  }
}

TEST_F(DoneBitsTest, AFullRingWaitsForItsOldestRow) {
  TxQueue queue = make_queue();
  send(queue, 256);
  Batch batch{pool_, Batch::most};
  for (uint32_t i = 0; i < 256; ++i) batch.add(*Packet::allocate(*pool_, 60));
  EXPECT_EQ(queue.send(batch), 224U) << "one row stays unused";
  EXPECT_EQ(queue.send(batch), 0U);
  finish(31);
  EXPECT_EQ(queue.send(batch), 32U);
  EXPECT_FALSE(queue.stopped());
}

}  // namespace
}  // namespace bulkhead::e1000e
