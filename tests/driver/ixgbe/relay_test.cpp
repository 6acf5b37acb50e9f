#include "bulkhead/driver/ixgbe/relay.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/driver/intel/ring_memory.hpp"
#include "bulkhead/net/relay.hpp"

namespace bulkhead::ixgbe {
namespace {

using intel::RingMemory;
using Frames = queue::FrameRing<ring_size>;
constexpr uint32_t two = 2;
constexpr uint32_t row = intel::row_size;
constexpr size_t buffer = sizeof(Frames::Buffer);
constexpr uint64_t in_at = 0x1'0000'0000;
constexpr std::array<uint64_t, two> out_at{0x2'0000'0000, 0x3'0000'0000};

/// A frame that left: its number, and its length.
struct Sent {
  uint32_t number;
  uint32_t length;
  friend bool operator==(const Sent&, const Sent&) = default;
};

/// The input's device and those of two outputs, on plain memory. Frames carry their number in their
/// first four bytes.
class RelayTest : public ::testing::Test {
 protected:
  RelayTest()
      : rings_(*memory::Region::allocate("rings", RingMemory::size(two))),
        frames_(*memory::Region::allocate("frames", Bytes{Frames::size_in_bytes})),
        relay_(Frames{frames_.bytes().first<Frames::size_in_bytes>()},
               {.ring = Relay<two>::Ring{rx_ring()},
                .tail = regs::Doorbell{doorbells_, 0},
                .frames_at = Iova{in_at}},
               {output(0), output(1)}) {
    relay_.start();
  }

  Relay<two>::Output output(size_t i) {
    return {.ring = Relay<two>::Ring{tx_ring(i)},
            .tail = regs::Doorbell{doorbells_, 4 + 4 * i},
            .report = HeadReport{RingMemory::at<4>(rings_, RingMemory::head(i))},
            .frames_at = Iova{out_at.at(i)}};
  }
  [[nodiscard]] std::span<std::byte, RingMemory::ring_bytes> rx_ring() const {
    return RingMemory::at<RingMemory::ring_bytes>(rings_, RingMemory::rx(0));
  }
  [[nodiscard]] std::span<std::byte, RingMemory::ring_bytes> tx_ring(size_t i) const {
    return RingMemory::at<RingMemory::ring_bytes>(rings_, RingMemory::tx(i));
  }
  [[nodiscard]] uint32_t doorbell(size_t i) const {
    return shared::load_acquire<uint32_t>(doorbells_, 4 * i);
  }

  void write_back(uint64_t word) {
    shared::store_release<uint64_t>(rx_ring(), filled_ % ring_size * 16 + 8, word);
    ++filled_;
  }
  /// The input's device receives frames; false if it has no descriptor for one.
  bool receive(uint32_t length = 60) {
    if (filled_ % ring_size == doorbell(0)) return false;
    const size_t at = filled_ % ring_size;
    EXPECT_EQ(shared::load_relaxed<uint64_t>(rx_ring(), at * 16), in_at + at * buffer);
    EXPECT_EQ(shared::load_relaxed<uint64_t>(rx_ring(), at * 16 + 8), 0U);
    EXPECT_FALSE(waits(at)) << "a buffer that an output has not sent";
    shared::store_relaxed<uint32_t>(frames_.bytes(), at * buffer, number_++);
    write_back(3U | uint64_t{length} << 32U);
    return true;
  }
  /// Whether an output has yet to send the buffer of a position.
  [[nodiscard]] bool waits(size_t at) const {
    for (size_t i = 0; i < two; ++i) {
      for (size_t tx = sent_head_.at(i); tx != doorbell(1 + i); tx = (tx + 1) % ring_size)
        if (shared::load_relaxed<uint64_t>(tx_ring(i), tx * 16) == out_at.at(i) + at * buffer)
          return true;
    }
    return false;
  }
  /// An output's device sends up to `most` frames, and reports its head as it was asked to.
  void transmit(size_t i, uint32_t most = ring_size) {
    for (; most > 0 && sent_head_.at(i) != doorbell(1 + i); --most) {
      const size_t at = sent_head_.at(i);
      const auto low = shared::load_relaxed<uint64_t>(tx_ring(i), at * 16);
      const auto high = shared::load_relaxed<uint64_t>(tx_ring(i), at * 16 + 8);
      const uint64_t offset = low - out_at.at(i);
      ASSERT_EQ(offset % buffer, 0U);
      seen_.at(i).push_back({shared::load_relaxed<uint32_t>(frames_.bytes(), offset),
                             static_cast<uint32_t>(high & 0xFFFFU)});
      EXPECT_EQ(high & ~uint64_t{0x0800'FFFF}, 0x0300'0000U) << "EOP and IFCS, of a legacy one";
      sent_head_.at(i) = (sent_head_.at(i) + 1) % ring_size;
      if ((high & tx_descriptor::RS) != 0) report(i, sent_head_.at(i));
    }
  }
  void report(size_t i, uint32_t head) const {
    shared::store_release<uint32_t>(RingMemory::at<4>(rings_, RingMemory::head(i)), 0, head);
  }
  uint32_t run(To to, uint32_t limit = row) {
    return relay_.run([&](std::span<std::byte>) { return to; }, limit);
  }

  memory::Region rings_;
  memory::Region frames_;
  alignas(4) std::array<std::byte, 12> doorbells_{};
  uint32_t filled_ = 0;
  uint32_t number_ = 0;
  std::array<uint32_t, two> sent_head_{};
  std::array<std::vector<Sent>, two> seen_;
  Relay<two> relay_;
};

const To first = To::output(0);
const To second = To::output(1);

TEST_F(RelayTest, SendsFromTheBufferThatTheFrameCameInto) {
  ASSERT_TRUE(receive(60));
  ASSERT_TRUE(receive(1514));
  std::vector<size_t> sizes;
  EXPECT_EQ(relay_.run([&](std::span<std::byte> frame) {
    sizes.push_back(frame.size());
    frame[0] = std::byte{0x77};
    return first;
  }),
            2U);
  EXPECT_EQ(sizes, (std::vector<size_t>{60, 1514}));
  transmit(0);
  EXPECT_EQ(seen_[0], (std::vector<Sent>{{0x77, 60}, {0x77, 1514}}));
  EXPECT_EQ(doorbell(2), 0U) << "the other output's doorbell is not rung";
  EXPECT_EQ(run(first), 0U);
}

TEST_F(RelayTest, EachFrameGoesWhereTheHandlerSaysAndInOrder) {
  std::array<std::vector<Sent>, two> expected;
  uint32_t number = 0;
  for (uint32_t i = 0; i < 5 * ring_size; ++i) {
    const uint32_t length = 60 + i % 1400;
    ASSERT_TRUE(receive(length)) << i;
    for (size_t out = 0; out < two; ++out)
      if ((i % 4 >> out & 1U) != 0) expected.at(out).push_back({i, length});
    if (i % 7 != 0) continue;
    relay_.run([&](std::span<std::byte>) {
      const uint32_t where = number++ % 4;
      if (where == 0) return To::nowhere();
      return where == 1 ? first : where == 2 ? second : first | second;
    });
    transmit(0);
    transmit(1);
  }
  for (auto& frames : expected) {
    while (frames.back().number >= number) frames.pop_back();
  }
  EXPECT_EQ(seen_, expected);
  EXPECT_EQ(relay_.rx_counters().frames, number);
  EXPECT_EQ(relay_.sent(0), expected[0].size());
}

TEST_F(RelayTest, RingsTheInputOnlyWhenTheSlowestOutputHasSentARow) {
  for (uint32_t i = 0; i < row; ++i) ASSERT_TRUE(receive());
  EXPECT_EQ(run(first | second), row);
  EXPECT_EQ(run(first | second), 0U);
  EXPECT_EQ(doorbell(0), ring_size - 1);
  transmit(0);
  EXPECT_EQ(run(first | second), 0U);
  ASSERT_TRUE(receive());
  transmit(1, row - 1);
  run(first | second);
  EXPECT_EQ(doorbell(0), ring_size - 1);
  transmit(1);
  for (uint32_t i = 1; i < row; ++i) ASSERT_TRUE(receive());
  run(first | second);
  run(first | second);
  EXPECT_EQ(doorbell(0), row - 1);
}

TEST_F(RelayTest, AnOutputThatFallsBehindHoldsUpAndLetsGoAgain) {
  for (int times = 0; times < 3; ++times) {
    uint32_t relayed = 0;
    // One output sends nothing, and the input's device fills all that it may.
    for (int i = 0; i < 100; ++i) {
      while (receive()) {
      }
      relayed += run(first | second);
      transmit(0);
    }
    EXPECT_GE(relayed, ring_size - 2 * row);
    EXPECT_LT(relayed, ring_size);
    EXPECT_EQ(run(first | second), 0U);
    for (int i = 0; i < 100; ++i) {
      transmit(1, 7);
      run(first | second);
      transmit(0);
    }
    transmit(1);
    EXPECT_EQ(seen_[0].size(), seen_[1].size());
  }
  for (uint32_t i = 0; i < seen_[1].size(); ++i) ASSERT_EQ(seen_[1][i].number, i);
}

TEST_F(RelayTest, AnOutputThatGetsNothingHoldsUpNothing) {
  for (uint32_t i = 0; i < 3 * ring_size; ++i) {
    ASSERT_TRUE(receive());
    ASSERT_EQ(run(i % 100 == 3 && i < 200 ? second : first, 1), 1U) << i;
    transmit(0);
    if (i == 300) transmit(1);
  }
  EXPECT_EQ(seen_[1].size(), 2U);
}

TEST_F(RelayTest, ATrickleToAnOutputThatReportsIsNeverStuck) {
  // One frame a row for the second output, and each in a call of its own.
  for (uint32_t i = 0; i < 20 * ring_size; ++i) {
    ASSERT_TRUE(receive()) << i;
    ASSERT_EQ(run(i % row == 5 ? second : To::nowhere(), 1), 1U) << i;
    transmit(1);
  }
  EXPECT_EQ(seen_[1].size(), 20 * ring_size / row);
}

TEST_F(RelayTest, LengthsThatLieDropThatFrameOnly) {
  constexpr std::array<uint64_t, 6> lies{0, 1, 13, 2049, 4096, 0xFFFF};
  for (const uint64_t lie : lies) write_back(3U | lie << 32U);
  number_ = 6;
  ASSERT_TRUE(receive(2048));
  uint32_t relayed = 0;
  for (size_t i = 0; i <= lies.size(); ++i) relayed += run(first);
  EXPECT_EQ(relayed, 1U);
  EXPECT_EQ(relay_.rx_counters().bad_length, lies.size());
  transmit(0);
  EXPECT_EQ(seen_[0], (std::vector<Sent>{{6, 2048}}));
}

TEST_F(RelayTest, ASpreadFrameAndOneWithAnErrorAreDroppedWhole) {
  write_back(1U | uint64_t{2048} << 32U);  // without EOP
  EXPECT_EQ(run(first), 0U);
  EXPECT_EQ(run(first), 0U) << "its rest has not come";
  write_back(1U | uint64_t{2048} << 32U);
  write_back(3U | uint64_t{100} << 32U);  // its end
  write_back(3U | rx_descriptor::RXE | uint64_t{60} << 32U);
  number_ = 4;
  ASSERT_TRUE(receive());
  uint32_t relayed = 0;
  for (int i = 0; i < 4; ++i) relayed += run(first);
  EXPECT_EQ(relayed, 1U);
  EXPECT_EQ(relay_.rx_counters().bad_frame, 2U);
  transmit(0);
  EXPECT_EQ(seen_[0], (std::vector<Sent>{{4, 60}}));
}

TEST_F(RelayTest, ADeviceThatWritesNonsenseForeverDoesNotKeepUs) {
  for (uint32_t i = 0; i < 3000; ++i) {
    write_back(~uint64_t{0});
    EXPECT_EQ(run(first), 0U);
  }
  for (uint32_t i = 0; i < 3000; ++i) {
    write_back(~uint64_t{2});  // a frame that never ends
    EXPECT_EQ(run(first), 0U);
  }
}

TEST_F(RelayTest, FramesThatTheInputWasNotAskedForAreNotLookedAt) {
  // The outputs send nothing; the input's device marks all descriptors as done again and again.
  uint32_t relayed = 0;
  for (uint32_t i = 0; i < 5 * ring_size; ++i) {
    write_back(3U | uint64_t{60} << 32U);
    relayed += run(first);
  }
  EXPECT_LT(relayed, ring_size) << "no buffer is handed on while an output has it";
}

TEST_F(RelayTest, AHeadBeyondWhatWasSentStopsTheRelay) {
  for (uint32_t i = 0; i < row; ++i) ASSERT_TRUE(receive());
  EXPECT_EQ(run(first), row);
  report(0, row + 1);
  ASSERT_TRUE(receive());
  EXPECT_EQ(run(first), 0U);
  EXPECT_TRUE(relay_.stopped());
  EXPECT_EQ(relay_.rx_counters().bad_index, 0U) << "the input's device did not lie";
  EXPECT_EQ(doorbell(0), ring_size - 1) << "nothing is given back to the input's device";
}

TEST_F(RelayTest, AStoppedRelayBelievesNoFurtherReport) {
  for (uint32_t i = 0; i < row; ++i) ASSERT_TRUE(receive());
  EXPECT_EQ(run(first), row);
  report(0, row + 1);
  EXPECT_EQ(run(first), 0U);
  ASSERT_TRUE(relay_.stopped());
  report(0, row);
  ASSERT_TRUE(receive());
  EXPECT_EQ(run(first), 0U);
  EXPECT_EQ(doorbell(0), ring_size - 1) << "nothing is given back to the input's device";
}

}  // namespace
}  // namespace bulkhead::ixgbe
