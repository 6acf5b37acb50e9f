#include "bulkhead/driver/virtio/tx_queue.hpp"

#include <algorithm>
#include <ranges>

#include "tests/driver/virtio/queue_test.hpp"

namespace bulkhead::virtio {
namespace {

using queue::Batch;
using queue::Packet;

template <class L>
class VirtioTxQueue : public QueueTest<L> {
 protected:
  using Base = QueueTest<L>;
  using Queue = TxQueueOn<typename Base::Ring>;

  Queue make_queue() { return Queue{this->ring(), this->setup()}; }
  void fill(Batch& batch, uint32_t frames, uint32_t length = 60) {
    for (uint32_t i = 0; i < frames; ++i) {
      auto packet = Packet::allocate(*this->pool_, length);
      ASSERT_TRUE(packet);
      std::ranges::fill(packet->bytes(), static_cast<std::byte>(i + 1));
      batch.add(*std::move(packet));
    }
  }
  void send(Queue& queue, uint32_t frames) {
    Batch batch{this->pool_, Batch::most};
    fill(batch, frames);
    ASSERT_EQ(queue.send(batch), frames);
  }
};
TYPED_TEST_SUITE(VirtioTxQueue, Layouts);

TYPED_TEST(VirtioTxQueue, SendsEachFrameBehindAnEmptyHeader) {
  auto queue = this->make_queue();
  // What a device left in the headroom must not go out as a header.
  std::ranges::fill(this->pool_->region().bytes(), std::byte{0xEE});
  Batch batch{this->pool_, 32};
  this->fill(batch, 2, 1514);
  EXPECT_EQ(queue.send(batch), 2U);
  EXPECT_TRUE(batch.empty());
  for (const std::byte mark : {std::byte{1}, std::byte{2}}) {
    const auto buffer = this->device_.take();
    ASSERT_TRUE(buffer);
    ASSERT_EQ(buffer->pieces.size(), 1U);
    EXPECT_EQ(buffer->pieces[0].length, 12U + 1514U);
    EXPECT_FALSE(buffer->pieces[0].writable);
    const auto bytes = this->at(buffer->pieces[0].address, 12 + 1514);
    EXPECT_TRUE(std::ranges::all_of(bytes.first(12), [](auto b) { return b == std::byte{0}; }));
    EXPECT_TRUE(std::ranges::all_of(bytes.subspan(12), [&](auto b) { return b == mark; }));
  }
  EXPECT_FALSE(this->device_.take());
}

TYPED_TEST(VirtioTxQueue, NotifiesOnceABatchAndOnlyADeviceThatWantsIt) {
  auto queue = this->make_queue();
  this->device_.ask_for_notification(true);
  this->send(queue, 32);
  EXPECT_TRUE(this->rung());
  this->silence();
  while (this->device_.take()) {
  }
  this->device_.ask_for_notification(false);
  this->send(queue, 32);
  EXPECT_FALSE(this->rung());
}

TYPED_TEST(VirtioTxQueue, TheDeviceSeesNothingOfABatchBeforeAllOfIt) {
  constexpr uint32_t batch = 24;  // no divisor of the ring's extent
  auto ring = this->ring();
  for (uint32_t round = 0; round < 3 * TestFixture::entries / batch; ++round) {
    for (uint32_t i = 0; i < batch; ++i) {
      ring.put(Index<TestFixture::entries>::wrap(round * batch + i),
               {.address = Iova{i}, .length = 1}, Access::device_reads);
      ASSERT_FALSE(this->device_.take()) << round << ", " << i;
    }
    static_cast<void>(ring.publish());
    for (uint32_t i = 0; i < batch; ++i) {
      const auto buffer = this->device_.take();
      ASSERT_TRUE(buffer) << round << ", " << i;
      EXPECT_EQ(buffer->pieces.at(0).address, i);
      this->device_.give(buffer->id, 0);
      ASSERT_TRUE(ring.take());
    }
    ASSERT_FALSE(this->device_.take());
  }
}

TEST(VirtioPackedRing, ADeviceThatLeftItsPositionBehindIsNotifiedAgain) {
  using Ring = PackedRing<64>;
  const auto region = *memory::Region::allocate("ring", Bytes{Ring::size_in_bytes});
  const auto memory = region.bytes().first<Ring::size_in_bytes>();
  Ring ring{memory, true};
  PackedDevice device{
      64, {memory, memory.subspan(Ring::driver_area), memory.subspan(Ring::device_area)}, true};
  device.ask_for_notification(true);
  for (uint32_t i = 0; i < 40; ++i) {
    ring.put(Index<64>::wrap(i), {.address = Iova{0}, .length = 1}, Access::device_reads);
    EXPECT_TRUE(ring.publish()) << i;
    ASSERT_TRUE(device.take());
  }
}

TYPED_TEST(VirtioTxQueue, KeepsWhatDoesNotFitWithTheCaller) {
  auto queue = this->make_queue();
  this->send(queue, TestFixture::entries);
  Batch batch{this->pool_, 32};
  this->fill(batch, 2);
  EXPECT_EQ(queue.send(batch), 0U);
  this->device_.give(this->device_.take()->id, 0);
  EXPECT_EQ(queue.send(batch), 1U);
  EXPECT_EQ(batch.size(), 1U);
}

TYPED_TEST(VirtioTxQueue, BuffersComeBackInAnyOrder) {
  auto queue = this->make_queue();
  this->send(queue, 100);
  std::vector<uint16_t> ids;
  while (const auto buffer = this->device_.take()) ids.push_back(buffer->id);
  ASSERT_EQ(ids.size(), 100U);
  for (const uint16_t id : std::views::reverse(ids)) this->device_.give(id, 0);
  EXPECT_FALSE(queue.idle());
  queue.reclaim();
  EXPECT_TRUE(queue.idle());
  EXPECT_EQ(this->pool_->available(), this->pool_->capacity());
}

TYPED_TEST(VirtioTxQueue, GoesAroundTheRingAndTheIndexs16Bits) {
  auto queue = this->make_queue();
  for (uint32_t i = 0; i < 2200; ++i) {
    this->send(queue, 32);
    while (const auto buffer = this->device_.take()) this->device_.give(buffer->id, 0);
  }
  queue.reclaim();
  EXPECT_EQ(this->pool_->available(), this->pool_->capacity());
  EXPECT_EQ(queue.counters().frames, 2200U * 32);
  EXPECT_EQ(queue.counters().bad_index, 0U);
}

TYPED_TEST(VirtioTxQueue, AnIdThatTheDeviceDoesNotHaveStopsTheQueueAndFreesNothing) {
  auto queue = this->make_queue();
  this->send(queue, 10);
  const uint32_t available = this->pool_->available();
  this->device_.give(200, 0);
  queue.reclaim();
  EXPECT_TRUE(queue.stopped());
  EXPECT_TRUE(queue.idle()) << "nothing more is waited for";
  EXPECT_EQ(this->pool_->available(), available);
  Batch batch{this->pool_, 32};
  this->fill(batch, 1);
  EXPECT_EQ(queue.send(batch), 0U);
  queue.reclaim();
  EXPECT_EQ(queue.counters().bad_index, 1U);
}

TYPED_TEST(VirtioTxQueue, AnIdThatComesBackTwiceFreesItsBufferOnce) {
  auto queue = this->make_queue();
  this->send(queue, 10);
  const uint32_t available = this->pool_->available();
  const auto buffer = this->device_.take();
  ASSERT_TRUE(buffer);
  this->device_.give(buffer->id, 0);
  this->device_.give(buffer->id, 0);
  queue.reclaim();
  EXPECT_TRUE(queue.stopped());
  EXPECT_EQ(this->pool_->available(), available + 1);
}

TYPED_TEST(VirtioTxQueue, GivesWhatWasNotSentBackWhenItEndsUnlessItIsAbandoned) {
  {
    auto queue = this->make_queue();
    this->send(queue, 200);
  }
  EXPECT_EQ(this->pool_->available(), this->pool_->capacity());
}

TYPED_TEST(VirtioTxQueue, AnAbandonedQueueKeepsWhatWasNotSent) {
  {
    auto queue = this->make_queue();
    this->send(queue, 200);
    queue.abandon();
  }
  EXPECT_EQ(this->pool_->available(), this->pool_->capacity() - 200);
}

}  // namespace
}  // namespace bulkhead::virtio
