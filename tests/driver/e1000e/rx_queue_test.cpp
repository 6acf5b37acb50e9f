#include "bulkhead/driver/e1000e/rx_queue.hpp"

#include <gtest/gtest.h>

#include "tests/driver/intel/queue_test.hpp"

namespace bulkhead::e1000e {
namespace {

class RxFormats : public intel::QueueTest {
 protected:
  /// `good` is what the device writes for a frame, `errors_at` where the byte of its errors is.
  void expect_errors_of_the_mac_alone_to_count(RxFormat format, uint64_t good, unsigned errors_at) {
    const auto queue =
        make_rx_queue(format, intel::RxQueue::Ring{ring()}, doorbell(), pool_, intel::buffers_at);
    queue->start();
    uint32_t descriptor = 0;
    for (const unsigned error : {0U, 1U, 2U, 4U, 7U})  // CE, SE, SEQ, CXE, RXE
      write_high_word(descriptor++, good | bit64(errors_at + error));
    constexpr uint64_t checksums = 0b0110'0000;  // TCPE, IPE
    write_high_word(descriptor, good | checksums << errors_at);
    queue::Batch batch{pool_, 32};
    for (int i = 0; i < 10; ++i) queue->receive(batch);
    ASSERT_EQ(batch.size(), 1U);
    EXPECT_EQ((*batch.begin()).size(), 60U);
    EXPECT_EQ(queue->counters().bad_frame, 5U);
  }
};

TEST_F(RxFormats, EachErrorOfTheMacDropsItsFrame) {
  expect_errors_of_the_mac_alone_to_count(RxFormat::extended, 0b11 | uint64_t{60} << 32U, 24);
  expect_errors_of_the_mac_alone_to_count(RxFormat::legacy, uint64_t{0b11} << 32U | 60, 40);
}

TEST_F(RxFormats, WhatIsWrittenInTheOtherFormatIsNoFrame) {
  for (const auto& [format, other] : {std::pair{RxFormat::extended, uint64_t{0b11} << 32U | 60},
                                      std::pair{RxFormat::legacy, 0b11 | uint64_t{60} << 32U}}) {
    const auto queue =
        make_rx_queue(format, intel::RxQueue::Ring{ring()}, doorbell(), pool_, intel::buffers_at);
    queue->start();
    write_high_word(0, other);
    queue::Batch batch{pool_, 32};
    EXPECT_EQ(queue->receive(batch), 0U);
    EXPECT_EQ(queue->counters().frames, 0U);
  }
}

}  // namespace
}  // namespace bulkhead::e1000e
