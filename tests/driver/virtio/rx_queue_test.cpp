#include "bulkhead/driver/virtio/rx_queue.hpp"

#include <set>

#include "tests/driver/virtio/queue_test.hpp"

namespace bulkhead::virtio {
namespace {

using queue::Batch;

template <class L>
class VirtioRxQueue : public QueueTest<L> {
 protected:
  using Base = QueueTest<L>;
  using Queue = RxQueueOn<typename Base::Ring>;
  static constexpr uint32_t header = 12;

  Queue make_queue() { return Queue{this->ring(), this->setup()}; }
  /// The device's buffers, in the order in which they were made available.
  std::vector<DeviceBuffer> take_all() {
    std::vector<DeviceBuffer> all;
    while (auto buffer = this->device_.take()) all.push_back(*std::move(buffer));
    return all;
  }
  /// The device fills a buffer with a frame whose first byte is `mark`.
  void fill(const DeviceBuffer& buffer, uint32_t length, uint8_t mark, uint16_t count = 1) {
    const auto memory = this->at(buffer.pieces[0].address, header + 1);
    shared::store_relaxed<uint16_t>(memory, 10, count);
    memory[header] = std::byte{mark};
    this->device_.give(buffer.id, header + length);
  }
};
TYPED_TEST_SUITE(VirtioRxQueue, Layouts);

TYPED_TEST(VirtioRxQueue, GivesTheDeviceABufferWithHeadroomForEveryEntry) {
  const auto queue = this->make_queue();
  const auto buffers = this->take_all();
  ASSERT_EQ(buffers.size(), TestFixture::entries);
  std::set<uint16_t> ids;
  std::set<uint64_t> addresses;
  for (const auto& buffer : buffers) {
    ids.insert(buffer.id);
    ASSERT_EQ(buffer.pieces.size(), 1U);
    addresses.insert(buffer.pieces[0].address);
    EXPECT_EQ(buffer.pieces[0].length, 12U + 1518U);
    EXPECT_TRUE(buffer.pieces[0].writable);
    EXPECT_EQ((buffer.pieces[0].address + 12) % 64, 0U) << "the frame begins a cache line";
  }
  EXPECT_EQ(ids.size(), TestFixture::entries);
  EXPECT_EQ(addresses.size(), TestFixture::entries);
}

TYPED_TEST(VirtioRxQueue, HandsOutFramesInTheOrderOfTheirReturnAndReplacesThem) {
  auto queue = this->make_queue();
  const auto buffers = this->take_all();
  this->fill(buffers[5], 60, 1);
  this->fill(buffers[2], 1518, 2);
  Batch batch{this->pool_, 32};
  EXPECT_EQ(queue.receive(batch), 2U);
  auto frame = batch.begin();
  EXPECT_EQ((*frame).size(), 60U);
  EXPECT_EQ((*frame)[0], std::byte{1});
  ++frame;
  EXPECT_EQ((*frame).size(), 1518U);
  EXPECT_EQ((*frame)[0], std::byte{2});
  const auto fresh = this->take_all();
  ASSERT_EQ(fresh.size(), 2U);
  EXPECT_NE(fresh[0].pieces[0].address, buffers[5].pieces[0].address);
  EXPECT_EQ(queue.receive(batch), 0U);
  EXPECT_EQ(queue.counters().frames, 2U);
}

TYPED_TEST(VirtioRxQueue, GoesAroundTheRingAndTheIndexs16Bits) {
  auto queue = this->make_queue();
  for (uint32_t i = 0; i < 70'000; ++i) {
    const auto buffer = this->device_.take();
    ASSERT_TRUE(buffer) << i;
    this->fill(*buffer, 60, static_cast<uint8_t>(i));
    if (i % 50 != 49) continue;
    Batch batch{this->pool_, 64};
    ASSERT_EQ(queue.receive(batch), 50U) << i;
    ASSERT_EQ((*batch.begin())[0], std::byte{static_cast<uint8_t>(i - 49)});
  }
  EXPECT_EQ(this->pool_->available(), 3 * TestFixture::entries);
}

TYPED_TEST(VirtioRxQueue, TakesNoMoreThanTheBatchAndThePoolHold) {
  auto queue = this->make_queue();
  for (const auto& buffer : this->take_all()) this->fill(buffer, 60, 0);
  Batch batch{this->pool_, 5};
  EXPECT_EQ(queue.receive(batch), 5U);
  EXPECT_EQ(queue.receive(batch), 0U) << "the batch is full";
  this->pool_->take(this->pool_->available() - 2);
  Batch second{this->pool_, 32};
  EXPECT_EQ(queue.receive(second), 2U) << "two buffers are left to replace with";
}

TYPED_TEST(VirtioRxQueue, NotifiesOnlyADeviceThatWantsIt) {
  auto queue = this->make_queue();
  const auto buffers = this->take_all();
  Batch batch{this->pool_, 32};
  this->device_.ask_for_notification(false);
  this->fill(buffers[0], 60, 0);
  EXPECT_EQ(queue.receive(batch), 1U);
  EXPECT_FALSE(this->rung());
  this->take_all();
  this->device_.ask_for_notification(true);
  this->fill(buffers[1], 60, 0);
  this->fill(buffers[2], 60, 0);
  EXPECT_EQ(queue.receive(batch), 2U);
  EXPECT_TRUE(this->rung());
}

TYPED_TEST(VirtioRxQueue, AnInterruptIsWantedOnlyWhileTheQueueIsArmed) {
  auto queue = this->make_queue();
  const auto buffers = this->take_all();
  Batch batch{this->pool_, 32};
  this->fill(buffers[0], 60, 0);
  EXPECT_FALSE(this->device_.wants_interrupt()) << "polling";
  EXPECT_FALSE(queue.arm()) << "a frame is there";
  queue.disarm();
  EXPECT_EQ(queue.receive(batch), 1U);
  EXPECT_TRUE(queue.arm());
  this->fill(buffers[1], 60, 0);
  EXPECT_TRUE(this->device_.wants_interrupt());
  queue.disarm();
  EXPECT_EQ(queue.receive(batch), 1U);
  this->fill(buffers[2], 60, 0);
  EXPECT_FALSE(this->device_.wants_interrupt());
}

TYPED_TEST(VirtioRxQueue, ALengthThatLiesDropsThatFrameOnly) {
  auto queue = this->make_queue();
  const auto buffers = this->take_all();
  constexpr std::array<uint32_t, 7> lies{0, 1, 11, 12 + 13, 12 + 1519, 0xFFFF, 0xFFFF'FFFF};
  for (size_t i = 0; i < lies.size(); ++i) {
    shared::store_relaxed<uint16_t>(this->at(buffers[i].pieces[0].address, 12), 10, 1);
    this->device_.give(buffers[i].id, lies.at(i));
  }
  this->fill(buffers[lies.size()], 60, 0);
  Batch batch{this->pool_, 32};
  while (queue.receive(batch) == 0 && queue.counters().bad_length <= lies.size()) {
  }
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_EQ(queue.counters().bad_length, lies.size());
  EXPECT_EQ(this->take_all().size(), lies.size() + 1) << "the device has got as many again";
  EXPECT_EQ(this->pool_->available() + batch.size(), 3 * TestFixture::entries);
}

TYPED_TEST(VirtioRxQueue, AFrameOverSeveralBuffersIsDroppedWhole) {
  auto queue = this->make_queue();
  const auto buffers = this->take_all();
  this->fill(buffers[0], 1518, 0, 3);
  this->device_.give(buffers[1].id, 12 + 1518);  // what follows has no header
  Batch batch{this->pool_, 32};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(queue.receive(batch), 0U);
  this->device_.give(buffers[2].id, 100);
  this->fill(buffers[3], 60, 9);
  while (queue.receive(batch) == 0 && queue.counters().bad_frame == 1) {
  }
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_EQ((*batch.begin())[0], std::byte{9});
  EXPECT_EQ(queue.counters().bad_frame, 1U);
}

TYPED_TEST(VirtioRxQueue, ACountOfBuffersThatCannotBeDropsThatFrameOnly) {
  auto queue = this->make_queue();
  const auto buffers = this->take_all();
  this->fill(buffers[0], 60, 0, 0);
  this->fill(buffers[1], 60, 0, 257);
  this->fill(buffers[2], 60, 0, 0xFFFF);
  this->fill(buffers[3], 60, 9);
  Batch batch{this->pool_, 32};
  for (int i = 0; i < 4; ++i) queue.receive(batch);
  EXPECT_EQ(batch.size(), 1U);
  EXPECT_EQ(queue.counters().bad_frame, 3U);
}

TYPED_TEST(VirtioRxQueue, AnIdOutOfRangeStopsTheQueue) {
  for (const uint32_t lie : {256U, 0x7FFFU, 0xFFFFU, 0x1'0000U, 0xFFFF'FFFFU}) {
    if (TestFixture::Ring::packed && lie > 0xFFFF) continue;  // its ids have 16 bits
    std::ranges::fill(this->region_.bytes(), std::byte{0});
    auto device = this->make_device();
    auto queue = this->make_queue();
    device.give(lie, 72);
    Batch batch{this->pool_, 32};
    EXPECT_FALSE(queue.stopped());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.receive(batch), 0U) << lie;
    EXPECT_TRUE(queue.stopped());
    EXPECT_TRUE(queue.arm()) << "who waits for it may sleep";
    EXPECT_EQ(queue.counters().bad_index, 1U);
    EXPECT_EQ(this->pool_->available(), 3 * TestFixture::entries);
  }
}

TYPED_TEST(VirtioRxQueue, AnIdThatComesBackTwiceStopsTheQueueBehindTheFirst) {
  auto queue = this->make_queue();
  const auto buffers = this->take_all();
  this->fill(buffers[3], 60, 1);
  this->fill(buffers[3], 60, 2);
  this->fill(buffers[4], 60, 3);
  Batch batch{this->pool_, 32};
  EXPECT_EQ(queue.receive(batch), 1U);
  EXPECT_EQ(queue.receive(batch), 0U);
  EXPECT_EQ(queue.counters().bad_index, 1U);
}

TYPED_TEST(VirtioRxQueue, NonsenseInAllOfTheMemoryDoesNoHarm) {
  auto queue = this->make_queue();
  Batch batch{this->pool_, 32};
  std::ranges::fill(this->region_.bytes(), std::byte{0xFF});
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(queue.receive(batch), 0U);
  std::ranges::fill(this->region_.bytes(), std::byte{0x80});
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(queue.receive(batch), 0U);
  EXPECT_EQ(queue.counters().frames, 0U);
}

TYPED_TEST(VirtioRxQueue, GivesItsBuffersBackWhenItEndsUnlessItIsAbandoned) {
  {
    const auto queue = this->make_queue();
    EXPECT_EQ(this->pool_->available(), 3 * TestFixture::entries);
  }
  EXPECT_EQ(this->pool_->available(), 4 * TestFixture::entries);
  this->make_queue().abandon();
  EXPECT_EQ(this->pool_->available(), 3 * TestFixture::entries);
}

TYPED_TEST(VirtioRxQueue, AnIndexThatJumpsStopsTheQueueAndLetsItsOwnerSleep) {
  if constexpr (!TestFixture::Ring::packed) {  // whose ring has no such index
    auto queue = this->make_queue();
    this->device_.jump_to(TestFixture::entries + 1);
    Batch batch{this->pool_, 32};
    EXPECT_FALSE(queue.arm()) << "it looks as if frames were there";
    EXPECT_EQ(queue.receive(batch), 0U);
    EXPECT_TRUE(queue.stopped());
    EXPECT_TRUE(queue.arm());
    EXPECT_EQ(queue.counters().bad_index, 1U);
  }
}

TEST(VirtioSplitRing, AnIndexThatJumpsFurtherThanTheRingStopsTheQueue) {
  const auto region = *memory::Region::allocate("ring", Bytes{SplitRing<64>::size_in_bytes});
  const auto memory = region.bytes().first<SplitRing<64>::size_in_bytes>();
  SplitDevice device{64, {memory, memory, memory.subspan(SplitRing<64>::device_area)}, false};
  for (const uint32_t jump : {65U, 1000U, 0x8000U, 0xFFFFU}) {
    SplitRing<64> ring{memory, false};
    device.jump_to(static_cast<uint16_t>(jump));
    const auto used = ring.take();
    ASSERT_TRUE(used);
    EXPECT_FALSE(used->id.at_most(0xFFFF)) << jump;
  }
}

}  // namespace
}  // namespace bulkhead::virtio
