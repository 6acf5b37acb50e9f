// How often each driver's queues write a tail: on a card every such write crosses the bus.
#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "bulkhead/driver/e1000e/rx_queue.hpp"
#include "bulkhead/driver/e1000e/tx_queue.hpp"
#include "bulkhead/driver/ixgbe/relay.hpp"
#include "bulkhead/driver/ixgbe/rx_queue.hpp"
#include "bulkhead/driver/ixgbe/tx_queue.hpp"
#include "bulkhead/driver/virtio/tx_queue.hpp"

#include "tests/bus/wrapped_function.hpp"
#include "tests/driver/intel/fake_function.hpp"
#include "tests/driver/intel/queue_test.hpp"
#include "tests/driver/virtio/queue_test.hpp"

namespace bulkhead::driver {
namespace {

using intel::RingMemory;
using intel::row_size;
using queue::Batch;

constexpr uint32_t calls = 64;
constexpr std::array<uint32_t, 9> batch_sizes{1, 2, 7, 8, 31, 32, 33, 128, 256};

/// Adds frames to a batch until it is full.
void fill(Batch& batch) {
  while (batch.room() > 0) {
    auto packet = queue::Packet::allocate(batch.pool(), 60);
    ASSERT_TRUE(packet);
    batch.add(*std::move(packet));
  }
}

/// In a doorbell's place.
struct CountingTail {
  uint32_t* written;
  void ring(uint32_t /*value*/) const { ++*written; }
};
/// The formats and reports of the drivers, but for what writes the tail.
template <class Family>
struct Counted : Family {
  using Tail = CountingTail;
};

class IntelDoorbells : public intel::QueueTest {
 protected:
  /// A device that fills every buffer at once; `word` is how it says so.
  template <class Format>
  void expect_one_a_receive(uint64_t word) {
    using Queue = intel::RxQueueOn<Counted<Format>>;
    for (const uint32_t size : batch_sizes) {
      Queue queue{typename Queue::Ring{ring()}, CountingTail{&written_}, pool_, intel::buffers_at};
      queue.start();
      uint32_t in_all = 0;
      uint32_t frames = 0;
      for (uint32_t call = 0; call < calls; ++call) {
        for (uint32_t i = 0; i < size; ++i) write_high_word((frames + i) % intel::ring_size, word);
        written_ = 0;
        Batch batch{pool_, size};
        ASSERT_EQ(queue.receive(batch), size);
        EXPECT_LE(written_, 1U) << "a batch of " << size;
        frames += size;
        in_all += written_;
      }
      EXPECT_LE(in_all, frames / row_size) << "batches of " << size;
      EXPECT_GE(in_all, std::min(calls, frames / row_size) - 1) << "they are counted at all";
    }
  }

  /// A device that sends everything at once; `finish` is how it says so.
  template <class Report, class Finish>
  void expect_one_a_send(Report report, Finish finish) {
    using Queue = intel::TxQueue<Counted<Report>>;
    for (const uint32_t size : batch_sizes) {
      finish(0, 0);
      Queue queue{typename Queue::Ring{ring()}, CountingTail{&written_}, Counted<Report>{report},
                  pool_, intel::buffers_at};
      for (uint32_t call = 0; call < calls; ++call) {
        Batch batch{pool_, size};
        fill(batch);
        written_ = 0;
        ASSERT_EQ(queue.send(batch), size);
        EXPECT_EQ(written_, 1U) << "a batch of " << size;
        finish(call * size, size);
      }
      Batch nothing{pool_};
      written_ = 0;
      EXPECT_EQ(queue.send(nothing), 0U);
      EXPECT_EQ(written_, 0U);
    }
  }

  uint32_t written_ = 0;
};

TEST_F(IntelDoorbells, AReceivedBatchTakesAtMostOneAndARowOfFramesAtMostOne) {
  expect_one_a_receive<ixgbe::RxDescriptors>(3U | uint64_t{60} << 32U);
  expect_one_a_receive<e1000e::ExtendedRxDescriptors>(3U | uint64_t{60} << 32U);
  expect_one_a_receive<e1000e::LegacyRxDescriptors>(uint64_t{3} << 32U | 60U);
}

TEST_F(IntelDoorbells, ASentBatchTakesOne) {
  const auto head = RingMemory::at<4>(region_, RingMemory::head(0));
  expect_one_a_send(ixgbe::HeadReport{head}, [&](uint32_t first, uint32_t count) {
    shared::store_release<uint32_t>(head, 0, (first + count) % intel::ring_size);
  });
  expect_one_a_send(e1000e::DoneBits{}, [&](uint32_t first, uint32_t count) {
    for (uint32_t i = first; i < first + count; ++i)
      write_high_word(i % intel::ring_size,
                      high_word(i % intel::ring_size) | e1000e::tx_descriptor::DD);
  });
}

TEST(RelayDoorbells, ACallTakesAtMostOneOfEachPort) {
  using Relay = ixgbe::Relay<2, CountingTail>;
  const auto rings = *memory::Region::allocate("rings", RingMemory::size(2));
  const auto frames = *memory::Region::allocate("frames", Bytes{Relay::Frames::size_in_bytes});
  const auto ring = [&](Bytes at) {
    return Relay::Ring{RingMemory::at<RingMemory::ring_bytes>(rings, at)};
  };
  std::array<uint32_t, 3> written{};
  const auto output = [&](size_t i) {
    return Relay::Output{.ring = ring(RingMemory::tx(i)),
                         .tail = {&written.at(1 + i)},
                         .report = ixgbe::HeadReport{RingMemory::at<4>(rings, RingMemory::head(i))},
                         .frames_at = Iova{}};
  };
  Relay relay{Relay::Frames{frames.bytes().first<Relay::Frames::size_in_bytes>()},
              {.ring = ring(RingMemory::rx(0)), .tail = {written.data()}, .frames_at = Iova{}},
              {output(0), output(1)}};
  relay.start();
  uint32_t seen = 0;
  uint32_t rx_tail_writes = 0;
  for (const uint32_t size : {1U, 2U, 7U, 8U, 31U, 32U}) {
    for (uint32_t call = 0; call < calls; ++call) {
      const auto rx = RingMemory::at<RingMemory::ring_bytes>(rings, RingMemory::rx(0));
      for (uint32_t i = 0; i < size; ++i)
        shared::store_release<uint64_t>(rx, (seen + i) % intel::ring_size * 16 + 8,
                                        3U | uint64_t{60} << 32U);
      written = {};
      seen += relay.run(
          [](std::span<std::byte>) { return ixgbe::To::output(0) | ixgbe::To::output(1); }, size);
      EXPECT_LE(written[0], 1U) << size;
      EXPECT_EQ(written[1], 1U) << size;
      EXPECT_EQ(written[2], 1U) << size;
      rx_tail_writes += written[0];
      for (size_t i = 0; i < 2; ++i)
        shared::store_release<uint32_t>(RingMemory::at<4>(rings, RingMemory::head(i)), 0,
                                        seen % intel::ring_size);
    }
  }
  // The last row's buffers are given back when the next one is looked for.
  EXPECT_EQ(rx_tail_writes, (seen - 1) / intel::row_size);
}

/// In the place of an I/O port that a legacy virtio device is notified through.
class CountingPort final : public bus::WrappedFunction {
 public:
  CountingPort() : WrappedFunction(std::make_shared<intel::FakeFunction>()) {}
  Result<> write(bus::RegionId /*region*/, uint64_t /*offset*/,
                 std::span<const std::byte> /*data*/) override {
    ++written;
    return {};
  }
  uint32_t written = 0;
};

template <class L>
class VirtioDoorbells : public virtio::QueueTest<L> {
 protected:
  using Ring = typename virtio::QueueTest<L>::Ring;
  virtio::QueueSetup counted_setup() {
    auto setup = this->setup(false);
    setup.notifier = virtio::Notifier{port_, this->number};
    return setup;
  }
  CountingPort port_;
};
TYPED_TEST_SUITE(VirtioDoorbells, virtio::Layouts);

TYPED_TEST(VirtioDoorbells, AReceivedBatchTakesAtMostOne) {
  using Ring = typename TestFixture::Ring;
  virtio::RxQueueOn<Ring> queue{this->ring(), this->counted_setup()};
  uint32_t in_all = 0;
  for (const uint32_t size : batch_sizes) {
    for (uint32_t call = 0; call < calls; ++call) {
      for (uint32_t i = 0; i < size; ++i) {
        const auto buffer = this->device_.take();
        ASSERT_TRUE(buffer);
        this->device_.give(buffer->id, 12 + 60);
      }
      this->device_.ask_for_notification(true);
      this->port_.written = 0;
      Batch batch{this->pool_, size};
      ASSERT_EQ(queue.receive(batch), size);
      EXPECT_LE(this->port_.written, 1U) << "a batch of " << size;
      in_all += this->port_.written;
    }
  }
  // A device that still has buffers when it asks for a notification need not get one.
  EXPECT_GE(in_all, calls) << "they are counted at all";
}

TYPED_TEST(VirtioDoorbells, ASentBatchTakesOne) {
  using Ring = typename TestFixture::Ring;
  virtio::TxQueueOn<Ring> queue{this->ring(), this->counted_setup()};
  for (const uint32_t size : batch_sizes) {
    for (uint32_t call = 0; call < calls; ++call) {
      this->device_.ask_for_notification(true);
      Batch batch{this->pool_, size};
      fill(batch);
      this->port_.written = 0;
      ASSERT_EQ(queue.send(batch), size);
      EXPECT_EQ(this->port_.written, 1U) << "a batch of " << size;
      while (const auto buffer = this->device_.take()) this->device_.give(buffer->id, 0);
      queue.reclaim();
    }
  }
}

}  // namespace
}  // namespace bulkhead::driver
