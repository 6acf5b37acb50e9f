// What the rx queue does with every format of descriptors.
#include "bulkhead/driver/intel/rx_queue.hpp"

#include <ostream>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "bulkhead/driver/e1000e/rx_queue.hpp"
#include "bulkhead/driver/ixgbe/rx_queue.hpp"

#include "tests/driver/intel/queue_test.hpp"

namespace bulkhead::intel {
namespace {

using queue::Batch;

template <class Queue>
std::unique_ptr<RxQueue> make(RxQueue::Ring ring, regs::Doorbell tail,
                              std::shared_ptr<queue::Pool> pool) {
  return std::make_unique<Queue>(ring, tail, std::move(pool), buffers_at);
}

/// A family's format, and where a device writes what.
struct Format {
  const char* name;
  std::unique_ptr<RxQueue> (*make)(RxQueue::Ring, regs::Doorbell, std::shared_ptr<queue::Pool>);
  unsigned length_at;
  unsigned status_at;
  uint64_t beside;  ///< what must not matter: VLAN tag, checksums, status that is not DD or EOP

  friend void PrintTo(const Format& format, std::ostream* out) { *out << format.name; }
};

class RxQueueTest : public QueueTest, public ::testing::WithParamInterface<Format> {
 protected:
  std::unique_ptr<RxQueue> make_queue() {
    return GetParam().make(RxQueue::Ring{ring()}, doorbell(), pool_);
  }
  std::unique_ptr<RxQueue> started_queue() {
    auto queue = make_queue();
    queue->start();
    return queue;
  }
  static uint64_t written_back(uint64_t length, uint64_t status = 0b11) {
    return status << GetParam().status_at | length << GetParam().length_at;
  }
  /// The buffer that the device sees at `address`.
  [[nodiscard]] const std::byte* buffer_at(uint64_t address) const {
    const auto offset = queue::Buffers::headroom + (address - buffers_at.value());
    return pool_->region().bytes().subspan(offset).data();
  }
};

TEST_P(RxQueueTest, PostsABufferOfItsOwnInEveryDescriptor) {
  const auto queue = started_queue();
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

TEST_P(RxQueueTest, HandsOutFramesInTheRingsOrder) {
  const auto queue = started_queue();
  const uint64_t first_buffer = low_word(0);
  write_high_word(0, written_back(60));
  write_high_word(1, written_back(1514));
  write_high_word(3, written_back(64));  // the third is not there yet
  Batch batch{pool_, 32};
  EXPECT_EQ(queue->receive(batch), 2U);
  EXPECT_EQ((*batch.begin()).size(), 60U);
  EXPECT_EQ((*batch.begin()).data(), buffer_at(first_buffer));
  EXPECT_EQ(queue->counters().frames, 2U);
  EXPECT_EQ(queue->receive(batch), 0U);
}

TEST_P(RxQueueTest, PutsFreshBuffersIntoARowThatIsUsedUp) {
  const auto queue = started_queue();
  std::set<uint64_t> before;
  for (uint32_t i = 0; i < row_size; ++i) {
    before.insert(low_word(i));
    write_high_word(i, written_back(60));
  }
  Batch batch{pool_, Batch::most};
  EXPECT_EQ(queue->receive(batch), row_size);
  EXPECT_EQ(tail(), row_size - 1) << "one behind the next that will be read";
  for (uint32_t i = 0; i < row_size; ++i) {
    EXPECT_FALSE(before.contains(low_word(i)));
    EXPECT_EQ(high_word(i), 0U) << "DD is cleared";
  }
}

TEST_P(RxQueueTest, TheAddressThatADescriptorHasAfterwardsIsNeitherBelievedNorKept) {
  const auto queue = started_queue();
  std::vector<uint64_t> posted(row_size);
  for (uint32_t i = 0; i < row_size; ++i) posted[i] = low_word(i);
  for (uint32_t i = 0; i < row_size; ++i) {
    // Left as it was, as a device of legacy descriptors leaves it, and what others may write.
    const std::array written{posted[i], uint64_t{0}, ~uint64_t{0}, posted[(i + 1) % row_size]};
    write_low_word(i, written.at(i % written.size()));
    write_high_word(i, written_back(60));
  }
  Batch batch{pool_, row_size + 1};
  ASSERT_EQ(queue->receive(batch), row_size);
  auto expected = posted.begin();
  for (const auto frame : batch) EXPECT_EQ(frame.data(), buffer_at(*expected++));
  std::set<uint64_t> fresh;
  for (uint32_t i = 0; i < row_size; ++i) fresh.insert(low_word(i));
  EXPECT_EQ(fresh.size(), row_size);
  for (const uint64_t address : posted) EXPECT_FALSE(fresh.contains(address));
  EXPECT_GE(*fresh.begin(), buffers_at.value());
  EXPECT_LE(*fresh.rbegin() + 2048, buffers_at.value() + pool_->region().size().value());
}

TEST_P(RxQueueTest, GoesAroundTheRingWhateverTheBatch) {
  for (const uint32_t size : {1U, 2U, 7U, 31U, 32U, 33U, 100U, 256U}) {
    const auto queue = started_queue();
    uint32_t filled = 0;
    uint32_t received = 0;
    while (received < 3 * ring_size) {
      for (uint32_t i = 0; i < size; ++i, ++filled)
        write_high_word(filled % ring_size, written_back(60 + filled % 1000));
      Batch batch{pool_, size};
      ASSERT_EQ(queue->receive(batch), size);
      for (const auto frame : batch) ASSERT_EQ(frame.size(), 60 + received++ % 1000);
    }
    EXPECT_EQ(queue->counters().frames, received);
    EXPECT_EQ(tail() % row_size, row_size - 1);
  }
  EXPECT_EQ(pool_->available(), 2 * ring_size);
}

TEST_P(RxQueueTest, RingsForWholeRows) {
  for (const uint32_t size : {1U, 32U, 100U, 256U}) {
    const auto queue = started_queue();
    for (uint32_t i = 0; i < ring_size; ++i) write_high_word(i, written_back(60));
    forget_tail();
    Batch batch{pool_, size};
    EXPECT_EQ(queue->receive(batch), size);
    // A row is filled up again when the next one is needed.
    EXPECT_EQ(tail(), size <= row_size ? no_tail : (size - 1) / row_size * row_size - 1) << size;
  }
}

TEST_P(RxQueueTest, TakesNoMoreThanTheBatchHolds) {
  const auto queue = started_queue();
  for (uint32_t i = 0; i < ring_size; ++i) write_high_word(i, written_back(60));
  Batch batch{pool_, 5};
  EXPECT_EQ(queue->receive(batch), 5U);
  EXPECT_EQ(queue->receive(batch), 0U) << "the batch is full";
}

TEST_P(RxQueueTest, WaitsAtARowsEndForAPoolThatHasNotEnoughToFillItAgain) {
  const auto queue = started_queue();
  for (uint32_t i = 0; i < ring_size; ++i) write_high_word(i, written_back(60));
  const uint32_t held = pool_->available() - row_size + 1;
  pool_->take(held);
  Batch batch{pool_, 100};
  EXPECT_EQ(queue->receive(batch), row_size);
  EXPECT_EQ(queue->receive(batch), 0U);
  batch.clear();
  EXPECT_EQ(queue->receive(batch), row_size) << "what came back is enough";
}

TEST_P(RxQueueTest, ADescriptorThatWasTakenIsNotTakenAgainWhateverTheDeviceWrites) {
  const auto queue = started_queue();
  pool_->take(pool_->available());
  Batch batch{pool_, Batch::most};
  for (int i = 0; i < 10; ++i) {
    for (uint32_t position = 0; position < ring_size; ++position)
      write_high_word(position, written_back(60));
    queue->receive(batch);
  }
  EXPECT_EQ(batch.size(), row_size) << "a buffer that was handed out is never handed out twice";
}

TEST_P(RxQueueTest, ALengthThatLiesDropsThatFrameOnly) {
  const auto queue = started_queue();
  constexpr std::array<uint64_t, 5> lies{2049, 0xFFFF, 0, 1, 13};
  for (uint32_t i = 0; i < lies.size(); ++i) write_high_word(i, written_back(lies.at(i)));
  write_high_word(lies.size(), written_back(60));
  for (const uint32_t limit : {1U, 32U}) {
    Batch batch{pool_, limit};
    for (size_t i = 0; i < lies.size() && batch.empty(); ++i) queue->receive(batch);
    if (limit == 1) {
      EXPECT_TRUE(batch.empty());
      EXPECT_EQ(queue->receive(batch), 1U);
      EXPECT_EQ((*batch.begin()).size(), 60U);
    }
  }
  EXPECT_EQ(queue->counters().bad_length, lies.size());
  EXPECT_EQ(queue->counters().frames, 1U);
}

TEST_P(RxQueueTest, LengthsUpToABuffersAreTaken) {
  const auto queue = started_queue();
  constexpr std::array<uint64_t, 4> lengths{14, 15, 2047, 2048};
  for (uint32_t i = 0; i < lengths.size(); ++i) write_high_word(i, written_back(lengths.at(i)));
  Batch batch{pool_, 32};
  EXPECT_EQ(queue->receive(batch), lengths.size());
  size_t i = 0;
  for (const auto frame : batch) EXPECT_EQ(frame.size(), lengths.at(i++));
}

TEST_P(RxQueueTest, WhatTheDeviceWritesBesideStatusAndLengthChangesNothing) {
  const auto queue = started_queue();
  write_high_word(0, written_back(60) | GetParam().beside);
  Batch batch{pool_, 32};
  EXPECT_EQ(queue->receive(batch), 1U);
  EXPECT_EQ((*batch.begin()).size(), 60U);
}

TEST_P(RxQueueTest, AFrameOverSeveralDescriptorsIsDroppedWholeWheneverItsPartsCome) {
  const auto queue = started_queue();
  Batch batch{pool_, 32};
  write_high_word(0, written_back(2048, 0b01));  // DD without EOP
  EXPECT_EQ(queue->receive(batch), 0U);
  EXPECT_EQ(queue->receive(batch), 0U);
  write_high_word(1, written_back(2048, 0b01));
  write_high_word(2, written_back(100));  // its end
  write_high_word(3, written_back(60));   // another frame
  EXPECT_EQ(queue->receive(batch), 1U);
  EXPECT_EQ((*batch.begin()).size(), 60U);
  EXPECT_EQ(queue->counters().bad_frame, 1U);
}

TEST_P(RxQueueTest, AFrameOverMoreThanARowIsDroppedWhole) {
  const auto queue = started_queue();
  Batch batch{pool_, 32};
  const uint32_t end = 2 * row_size + 7;
  for (uint32_t i = 0; i < end; ++i) write_high_word(i, written_back(2048, 0b01));
  write_high_word(end, written_back(100));
  write_high_word(end + 1, written_back(60));
  for (uint32_t call = 0; call < end; ++call) queue->receive(batch);
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_EQ((*batch.begin()).size(), 60U);
  EXPECT_EQ(queue->counters().bad_frame, 1U);
}

TEST_P(RxQueueTest, FramesAcrossTwoRowsDoNotKeepFreshBuffersFromTheDevice) {
  const auto queue = started_queue();
  Batch batch{pool_, 32};
  uint32_t written = 0;  // by a device that heeds the tail
  for (uint32_t call = 0; call < 8 * ring_size; ++call) {
    // A whole frame, then frames of two descriptors, of which the first has an odd number.
    for (; written % ring_size != tail(); ++written)
      write_high_word(written % ring_size, written_back(100, written % 2 == 1 ? 0b01 : 0b11));
    queue->receive(batch);
    batch.clear();
  }
  EXPECT_GT(written, 3 * ring_size);
}

TEST_P(RxQueueTest, ADeviceThatWritesNonsenseForeverDoesNotKeepUs) {
  const auto queue = started_queue();
  Batch batch{pool_, 32};
  for (uint32_t i = 0; i < ring_size; ++i) write_high_word(i, ~uint64_t{0});
  for (uint32_t i = 0; i < 3000; ++i) {
    EXPECT_EQ(queue->receive(batch), 0U);
    write_high_word((i + row_size) % ring_size, ~uint64_t{0});
  }
  EXPECT_GE(pool_->available(), ring_size) << "no buffer is lost";
}

TEST_P(RxQueueTest, GivesItsBuffersBackWhenItEnds) {
  {
    const auto queue = started_queue();
    EXPECT_EQ(pool_->available(), ring_size);
  }
  EXPECT_EQ(pool_->available(), 2 * ring_size);
}

TEST_P(RxQueueTest, AnotherPoolsBatchTraps) {
  const auto queue = started_queue();
  Batch batch{*queue::Pool::create({.buffers = 1}), 32};
  EXPECT_DEATH(queue->receive(batch), "");
}

constexpr uint64_t vlan_tag = uint64_t{0xFFFF} << 48U;
constexpr uint64_t checksums_are_wrong = bit64(29) | bit64(30);  // of extended descriptors

INSTANTIATE_TEST_SUITE_P(Formats, RxQueueTest,
                         ::testing::Values(Format{"advanced", make<ixgbe::RxQueue>, 32, 0,
                                                  vlan_tag | 0x0FF0'0000U | 0x7F8U},
                                           Format{"extended", make<e1000e::ExtendedRxQueue>, 32, 0,
                                                  vlan_tag | checksums_are_wrong | 0xF'FFFCU},
                                           Format{"legacy", make<e1000e::LegacyRxQueue>, 0, 32,
                                                  vlan_tag | checksums_are_wrong << 16U |
                                                      uint64_t{0xFC} << 32U | 0xFFFF'0000U}),
                         [](const auto& test) { return std::string{test.param.name}; });

}  // namespace
}  // namespace bulkhead::intel
