#include "bulkhead/driver/ixgbe/tx_queue.hpp"

#include <gtest/gtest.h>

#include "tests/driver/intel/queue_test.hpp"

namespace bulkhead::ixgbe {
namespace {

using intel::buffers_at;
using intel::QueueTest;
using intel::RingMemory;
using queue::Batch;
using queue::Packet;

class TxQueueTest : public QueueTest {
 protected:
  TxQueue make_queue() {
    return TxQueue{TxQueue::Ring{ring()}, doorbell(), HeadReport{head_word()}, pool_, buffers_at};
  }
  [[nodiscard]] std::span<std::byte, 4> head_word() const {
    return RingMemory::at<4>(region_, RingMemory::head(0));
  }
  void report_head(uint32_t head) const { shared::store_release<uint32_t>(head_word(), 0, head); }
  void fill(Batch& batch, uint32_t frames, uint32_t length = 60) {
    for (uint32_t i = 0; i < frames; ++i) {
      auto packet = Packet::allocate(*pool_, length);
      ASSERT_TRUE(packet);
      batch.add(*std::move(packet));
    }
  }
  void send(TxQueue& queue, uint32_t frames) {
    Batch batch{pool_, Batch::most};
    fill(batch, frames);
    ASSERT_EQ(queue.send(batch), frames);
  }
};

TEST_F(TxQueueTest, DescribesEachFrameAndRingsOnce) {
  TxQueue queue = make_queue();
  Batch batch{pool_, 32};
  fill(batch, 2, 1514);
  EXPECT_EQ(queue.send(batch), 2U);
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(tail(), 2U);
  const uint64_t command = high_word(0);
  EXPECT_EQ(command & 0xFFFFU, 1514U) << "Length";
  EXPECT_EQ((command >> 24U) & 0xFFU, 0b0000'0011U) << "CMD: EOP, IFCS, no RS, no DEXT";
  EXPECT_EQ(command & ~uint64_t{0xFF00'FFFF}, 0U) << "CSO, STA, CSS, VLAN";
  EXPECT_GE(low_word(0), buffers_at.value());
}

TEST_F(TxQueueTest, AsksForAHeadReportEvery32Descriptors) {
  TxQueue queue = make_queue();
  constexpr uint64_t report_status = uint64_t{1} << 27U;
  send(queue, 31);
  for (uint32_t i = 0; i < 31; ++i) EXPECT_EQ(high_word(i) & report_status, 0U);
  send(queue, 1);
  EXPECT_NE(high_word(31) & report_status, 0U);
}

TEST_F(TxQueueTest, KeepsWhatDoesNotFitWithTheCaller) {
  TxQueue queue = make_queue();
  send(queue, 256);
  Batch batch{pool_, Batch::most};
  fill(batch, 256);
  EXPECT_EQ(queue.send(batch), 224U) << "one row stays unused";
  EXPECT_EQ(batch.size(), 32U);
  EXPECT_EQ(queue.send(batch), 0U);
  EXPECT_EQ(tail(), 480U);
  report_head(31);
  EXPECT_EQ(queue.send(batch), 0U) << "not a whole row";
  report_head(100);
  EXPECT_EQ(queue.send(batch), 32U);
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(tail(), 0U);
}

TEST_F(TxQueueTest, BuffersComeBackWhenTheHeadHasPassedThem) {
  TxQueue queue = make_queue();
  send(queue, 256);
  EXPECT_EQ(pool_->available(), 2 * ring_size - 256);
  report_head(200);
  send(queue, 1);
  EXPECT_EQ(pool_->available(), 2 * ring_size - 65) << "six rows of eight, and one sent";
}

TEST_F(TxQueueTest, GoesAroundTheRing) {
  TxQueue queue = make_queue();
  for (uint32_t sent = 32; sent <= 4 * ring_size; sent += 32) {
    send(queue, 32);
    report_head(sent % ring_size);
    ASSERT_EQ(tail(), sent % ring_size);
  }
  EXPECT_GE(pool_->available(), 2 * ring_size - 128);
  EXPECT_EQ(queue.counters().bad_index, 0U);
}

TEST_F(TxQueueTest, KeepsTheOrderWhateverTheBatch) {
  for (const uint32_t size : {1U, 2U, 7U, 31U, 32U, 33U, 100U, 256U}) {
    TxQueue queue = make_queue();
    for (uint32_t sent = 0; sent < 3 * ring_size; sent += size) {
      Batch batch{pool_, size};
      fill(batch, size, 60 + size);
      forget_tail();
      std::vector<uint64_t> addresses;
      for (const auto& handle : batch.handles())
        addresses.push_back(buffers_at.value() + pool_->buffers().offset(handle.slot()));
      ASSERT_EQ(queue.send(batch), size);
      ASSERT_EQ(tail(), (sent + size) % ring_size) << "rung once, behind the last";
      for (uint32_t i = 0; i < size; ++i) {
        const uint32_t descriptor = (sent + i) % ring_size;
        ASSERT_EQ(low_word(descriptor), addresses[i]);
        const bool asks = (high_word(descriptor) & tx_descriptor::RS) != 0;
        ASSERT_EQ(asks, descriptor % 32 == 31) << descriptor;
        ASSERT_EQ(high_word(descriptor) & ~tx_descriptor::RS, tx_descriptor::frame(60 + size));
      }
      report_head((sent + size) % ring_size);
    }
    report_head(0);
  }
  EXPECT_EQ(pool_->available(), 2 * ring_size);
}

TEST_F(TxQueueTest, AnEmptyBatchRingsNoDoorbell) {
  TxQueue queue = make_queue();
  send(queue, 3);
  forget_tail();
  Batch batch{pool_, 32};
  EXPECT_EQ(queue.send(batch), 0U);
  EXPECT_EQ(tail(), no_tail);
}

TEST_F(TxQueueTest, AHeadBeyondWhatWasSentStopsTheQueueAndFreesNothing) {
  for (const uint32_t lie : {129U, 511U, 512U, 0xFFFF'FFFFU}) {
    TxQueue queue = make_queue();
    send(queue, 128);
    const uint32_t available = pool_->available();
    report_head(lie);
    Batch batch{pool_, 32};
    fill(batch, 1);
    EXPECT_EQ(queue.send(batch), 0U) << lie;
    EXPECT_EQ(queue.send(batch), 0U);
    EXPECT_EQ(batch.size(), 1U) << "the frame is still ours";
    EXPECT_EQ(pool_->available(), available - 1);
    EXPECT_EQ(queue.counters().bad_index, 1U);
    report_head(0);
  }
}

TEST_F(TxQueueTest, AStoppedQueueBelievesNoFurtherReport) {
  TxQueue queue = make_queue();
  send(queue, 128);
  const uint32_t available = pool_->available();
  report_head(129);
  queue.reclaim();
  ASSERT_TRUE(queue.stopped());
  report_head(128);
  queue.reclaim();
  EXPECT_EQ(pool_->available(), available);
  Batch batch{pool_, 32};
  fill(batch, 32);
  EXPECT_EQ(queue.send(batch), 0U);
  EXPECT_EQ(pool_->available(), available - 32);
}

TEST_F(TxQueueTest, GivesWhatWasNotSentBackWhenItEnds) {
  {
    TxQueue queue = make_queue();
    send(queue, 200);
  }
  EXPECT_EQ(pool_->available(), 2 * ring_size);
}

}  // namespace
}  // namespace bulkhead::ixgbe
