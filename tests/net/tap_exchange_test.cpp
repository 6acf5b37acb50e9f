// A pair of sockets that keep frames apart stands where the TAP interface stands.
#include "bulkhead/net/tap_exchange.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/owned_fd.hpp"

#include "tests/net/frame_queues.hpp"
#include "tests/net/tcp_frames.hpp"

namespace bulkhead::net {
namespace {

constexpr uint32_t longest_frame = 1518;
constexpr uint32_t exchange_batch = 4;

Frame frame_of(size_t length, int number) {
  Frame frame(length, std::byte{0xEE});
  frame[0] = static_cast<std::byte>(number);
  return frame;
}

class TapExchangeTest : public ::testing::Test {
 protected:
  static std::array<OwnedFd, 2> pair_of_sockets() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends.data()), 0);
    return {OwnedFd{ends[0]}, OwnedFd{ends[1]}};
  }
  /// What the kernel sends to the interface.
  void kernel_sends(const Frame& frame, const VnetHeader& header = {}) {
    Frame packet;
    append(packet, header.encode());
    packet.insert(packet.end(), frame.begin(), frame.end());
    kernel_writes(packet);
  }
  void kernel_writes(const Frame& packet) {
    EXPECT_EQ(::write(kernel.get(), packet.data(), packet.size()),
              static_cast<ssize_t>(packet.size()));
  }
  /// Nothing if there is none, or no header that says what `expected` does.
  Frame kernel_gets(const VnetHeader& expected = {}) {
    Frame packet(1U << 17U);
    const auto got = ::read(kernel.get(), packet.data(), packet.size());
    packet.resize(got < 0 ? 0 : static_cast<size_t>(got));
    if (packet.size() < VnetHeader::size) return {};
    const auto header = std::span{packet}.first<VnetHeader::size>();
    EXPECT_TRUE(std::ranges::equal(header, expected.encode()));
    return {packet.begin() + VnetHeader::size, packet.end()};
  }

  std::shared_ptr<queue::Pool> pool = *queue::Pool::create({.buffers = 32});
  Arrivals rx{*pool};
  Departures tx;
  std::array<OwnedFd, 2> sockets = pair_of_sockets();
  OwnedFd& tap = sockets[0];
  OwnedFd& kernel = sockets[1];
  TapExchange exchange{
      rx, tx, pool, {.tap = tap.get(), .batch = exchange_batch, .longest_frame = longest_frame}};
};

TEST_F(TapExchangeTest, FramesReachTheInterfaceInOrderAndAsTheyAre) {
  for (int i = 0; i < 6; ++i) rx.waiting.push_back(frame_of(60 + static_cast<size_t>(i), i));
  EXPECT_EQ(exchange.to_interface().frames, 4U);
  EXPECT_EQ(exchange.to_interface().frames, 2U);
  EXPECT_EQ(exchange.to_interface().frames, 0U);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(kernel_gets(), frame_of(60 + static_cast<size_t>(i), i));
  EXPECT_EQ(pool->available(), 32U);
}

TEST_F(TapExchangeTest, WhatTheInterfaceDoesNotTakeIsDroppedAndCounted) {
  uint32_t dropped = 0;
  // A socket takes so many at most.
  for (int i = 0; i < 100'000 && dropped == 0; ++i) {
    rx.waiting.push_back(frame_of(1000, i));
    dropped = exchange.to_interface().dropped;
  }
  EXPECT_EQ(dropped, 1U);
  EXPECT_EQ(pool->available(), 32U);
}

TEST_F(TapExchangeTest, FramesReachTheDeviceInOrderAndAsTheyAre) {
  for (int i = 0; i < 6; ++i) kernel_sends(frame_of(longest_frame, i));
  EXPECT_EQ(exchange.to_device().frames, 4U);
  EXPECT_EQ(exchange.to_device().frames, 2U);
  ASSERT_EQ(tx.sent.size(), 6U);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(tx.sent[static_cast<size_t>(i)], frame_of(1518, i));
}

TEST_F(TapExchangeTest, AShortFrameIsPaddedWithZerosAndNotWithWhatTheBufferHeld) {
  for (const auto slot : pool->next_free(32)) {
    const auto handle = pool->buffers().handle(slot, queue::DeviceValue<uint32_t>{2048});
    std::ranges::fill(pool->buffers().bytes(*handle), std::byte{0xAA});
  }
  kernel_sends(frame_of(42, 1));
  EXPECT_EQ(exchange.to_device().frames, 1U);
  auto padded = frame_of(42, 1);
  padded.resize(60);
  EXPECT_EQ(tx.sent.at(0), padded);
}

TEST_F(TapExchangeTest, AFrameThatIsTooLongForTheDeviceIsDroppedAndTheNextOneSent) {
  kernel_sends(frame_of(longest_frame + 1, 1));
  kernel_sends(frame_of(9000, 2));
  kernel_sends(frame_of(100, 3));
  const auto moved = exchange.to_device();
  EXPECT_EQ(moved.dropped, 2U);
  EXPECT_EQ(moved.frames, 1U);
  EXPECT_EQ(tx.sent.at(0), frame_of(100, 3));
}

TEST_F(TapExchangeTest, AFullRingLeavesTheRestWithTheKernel) {
  tx.room = 1;
  for (int i = 0; i < 6; ++i) kernel_sends(frame_of(100, i));
  EXPECT_EQ(exchange.to_device().frames, 1U);
  EXPECT_TRUE(exchange.waits_for_room());
  EXPECT_EQ(exchange.to_device().frames, 0U);
  // Three of the batch are held, two have not been read.
  Frame left(4096);
  EXPECT_EQ(::read(tap.get(), left.data(), left.size()), VnetHeader::size + 100);
  EXPECT_EQ(left[VnetHeader::size], std::byte{4});
  tx.room = 1000;
  EXPECT_EQ(exchange.flush(), 3U);
  EXPECT_FALSE(exchange.waits_for_room());
  EXPECT_EQ(tx.sent.back(), frame_of(100, 3));
}

TEST_F(TapExchangeTest, ALongSegmentLeavesInPiecesABatchAtATime) {
  const TcpFrame what{.data = random_bytes(10 * 1448, 1)};
  kernel_sends(make_frame(what, true), header_of(what, 1448));
  kernel_sends(frame_of(100, 1));
  EXPECT_EQ(exchange.to_device().frames, 4U);
  EXPECT_TRUE(exchange.waits_for_room());
  EXPECT_EQ(exchange.to_device().frames, 4U);
  EXPECT_EQ(exchange.to_device().frames, 3U);
  EXPECT_FALSE(exchange.waits_for_room());
  ASSERT_EQ(tx.sent.size(), 11U);
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_TRUE(is_sound(what, tx.sent[i])) << i;
    EXPECT_TRUE(std::ranges::equal(std::span{tx.sent[i]}.subspan(what.headers()),
                                   std::span{what.data}.subspan(i * 1448, 1448)));
  }
  EXPECT_EQ(tx.sent[10], frame_of(100, 1));
}

TEST_F(TapExchangeTest, WhatIsLeftOfALongSegmentIsFlushedAndNothingIsRead) {
  const TcpFrame what{.data = random_bytes(6 * 1448, 1)};
  kernel_sends(make_frame(what, true), header_of(what, 1448));
  kernel_sends(frame_of(100, 1));
  tx.room = 1;
  EXPECT_EQ(exchange.to_device().frames, 1U);
  tx.room = 1000;
  EXPECT_EQ(exchange.flush(), 3U);
  EXPECT_TRUE(exchange.waits_for_room());
  EXPECT_EQ(exchange.flush(), 2U);
  EXPECT_FALSE(exchange.waits_for_room());
  EXPECT_EQ(exchange.flush(), 0U);
  EXPECT_EQ(tx.sent.size(), 6U);
}

TEST_F(TapExchangeTest, AnEmptyPoolHoldsALongSegmentUp) {
  std::vector<queue::Packet> all;
  while (auto packet = queue::Packet::allocate(*pool, 60)) all.push_back(*std::move(packet));
  all.pop_back();
  const TcpFrame what{.data = random_bytes(2 * 1448, 1)};
  kernel_sends(make_frame(what, true), header_of(what, 1448));
  EXPECT_EQ(exchange.to_device().frames, 1U);
  EXPECT_EQ(tx.reclaims, 1);
  EXPECT_TRUE(exchange.waits_for_room());
  EXPECT_EQ(exchange.to_device().frames, 1U);
  EXPECT_FALSE(exchange.waits_for_room());
  for (const auto& frame : tx.sent) EXPECT_TRUE(is_sound(what, frame));
}

TEST_F(TapExchangeTest, ASegmentOf64KiBIsTakenWhole) {
  const TcpFrame what{.data = random_bytes(65535 - 52, 1)};
  kernel_sends(make_frame(what, true), header_of(what, 1448));
  uint32_t frames = 0;
  for (int i = 0; i < 20; ++i) frames += exchange.to_device().frames;
  EXPECT_EQ(frames, (65535U - 52 + 1447) / 1448);
}

TEST_F(TapExchangeTest, AChecksumIsCompletedOnTheWay) {
  const TcpFrame what{.data = random_bytes(100, 1)};
  const VnetHeader header{.needs_checksum = true, .checksum_start = 34, .checksum_offset = 16};
  kernel_sends(make_frame(what, true), header);
  EXPECT_EQ(exchange.to_device().frames, 1U);
  EXPECT_EQ(tx.sent.at(0), make_frame(what));
}

TEST_F(TapExchangeTest, WhatIsNotWhatItsHeaderSaysIsDroppedAndCounted) {
  const TcpFrame what{.data = random_bytes(3000, 1)};
  auto wrong = header_of(what, 1448);
  wrong.checksum_start = 33;
  kernel_sends(make_frame(what, true), wrong);
  kernel_sends(frame_of(100, 1), {.needs_checksum = true, .checksum_start = 99});
  kernel_writes(Frame(VnetHeader::size - 1));
  kernel_writes(Frame(VnetHeader::size));
  Frame unknown(100);
  unknown[1] = std::byte{3};
  kernel_writes(unknown);
  kernel_writes(Frame(1U << 17U));
  kernel_sends(frame_of(100, 2));
  // A batch of them at a time: whoever sends nothing else holds nobody up.
  auto moved = exchange.to_device();
  EXPECT_EQ(moved.frames, 0U);
  EXPECT_EQ(moved.dropped, exchange_batch);
  moved = exchange.to_device();
  EXPECT_EQ(moved.frames, 1U);
  EXPECT_EQ(moved.dropped, 2U);
  EXPECT_EQ(tx.sent.at(0), frame_of(100, 2));
}

TEST_F(TapExchangeTest, SegmentsOfABatchThatFollowEachOtherAreWrittenAtOnce) {
  TcpFrame what{.data = random_bytes(3 * 1448, 1)};
  auto header = header_of(what, 1448);
  const auto whole = make_frame(what, true);
  const auto data = what.data;
  rx.waiting.push_back(frame_of(100, 1));
  for (size_t i = 0; i < 3; ++i) {
    what.data = {data.begin() + static_cast<ptrdiff_t>(i * 1448),
                 data.begin() + static_cast<ptrdiff_t>((i + 1) * 1448)};
    rx.waiting.push_back(make_frame(what));
    what.sequence += 1448;
  }
  EXPECT_EQ(exchange.to_interface().frames, 4U);
  EXPECT_EQ(kernel_gets(), frame_of(100, 1));
  EXPECT_EQ(kernel_gets(header), whole);
  EXPECT_TRUE(kernel_gets().empty());
  EXPECT_EQ(pool->available(), 32U);
}

TEST_F(TapExchangeTest, AnEmptyPoolTakesBuffersBackInsteadOfReading) {
  std::vector<queue::Packet> all;
  while (auto packet = queue::Packet::allocate(*pool, 60)) all.push_back(*std::move(packet));
  kernel_sends(frame_of(100, 1));
  EXPECT_EQ(exchange.to_device().frames, 0U);
  EXPECT_EQ(tx.reclaims, 1);
  all.clear();
  EXPECT_EQ(exchange.to_device().frames, 1U);
}

TEST_F(TapExchangeTest, AnInterfaceThatHasGoneIsReadNoMore) {
  TapExchange gone{rx, tx, pool, {.tap = -1, .batch = 4, .longest_frame = longest_frame}};
  EXPECT_FALSE(gone.interface_gone());
  EXPECT_EQ(gone.to_device().frames, 0U);
  EXPECT_TRUE(gone.interface_gone());
  EXPECT_EQ(exchange.to_device().frames, 0U);
  EXPECT_FALSE(exchange.interface_gone());
}

TEST_F(TapExchangeTest, WhatTheKernelCannotHandOverIsLostAndNotTheInterface) {
  const OwnedFd folder{::open("/", O_RDONLY | O_DIRECTORY)};  // reading fails, but not with EBADF
  TapExchange lost{rx, tx, pool, {.tap = folder.get(), .batch = 4, .longest_frame = longest_frame}};
  EXPECT_EQ(lost.to_device().dropped, 4U);
  EXPECT_FALSE(lost.interface_gone());
}

}  // namespace
}  // namespace bulkhead::net
