#include "bulkhead/bus/vfio_user/channel.hpp"

#include <algorithm>
#include <chrono>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkhead/bus/vfio_user/socket_io.hpp"

#include "tests/bus/vfio_user/wire.hpp"

namespace bulkhead::vfio_user {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

ino_t inode(int fd) {
  struct stat status{};
  return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
}

OwnedFd memory_file() {
  return OwnedFd{::memfd_create("test", MFD_CLOEXEC)};
}

class ChannelTest : public testing::Test {
 protected:
  void SetUp() override {
    auto [mine, theirs] = socket_pair();
    auto adopted = Channel::adopt(std::move(mine));
    ASSERT_TRUE(adopted);
    channel.emplace(*std::move(adopted));
    peer = std::move(theirs);
  }

  // A header that claims `size`, with `bytes` of zeros behind it.
  void send_message(uint32_t size, size_t bytes) const {
    auto message = payload_of(header_of(Command::region_read, size));
    message.resize(message.size() + bytes);
    ASSERT_TRUE(send_raw(peer.get(), message));
  }

  std::optional<Channel> channel;
  OwnedFd peer;
};

TEST_F(ChannelTest, NothingHasArrivedYet) {
  const auto message = channel->try_receive();
  ASSERT_TRUE(message);
  EXPECT_FALSE(*message);
}

TEST_F(ChannelTest, AMessageArrivesWholeHoweverItWasSplit) {
  auto bytes = payload_of(header_of(Command::region_write, 16 + 4), uint32_t{0xdeadbeef});
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto before = channel->try_receive();
    ASSERT_TRUE(before);
    EXPECT_FALSE(*before) << "after " << i << " bytes";
    ASSERT_TRUE(send_raw(peer.get(), std::span{bytes}.subspan(i, 1)));
  }
  const auto message = channel->try_receive();
  ASSERT_TRUE(message && *message);
  EXPECT_EQ((*message)->header.command, Command::region_write);
  EXPECT_EQ((*message)->header.message_id, 7);
  EXPECT_EQ((*message)->payload, payload_of(uint32_t{0xdeadbeef}));
}

TEST_F(ChannelTest, DescriptorsBelongToTheMessageTheyWereSentWith) {
  auto sender = Channel::adopt(std::move(peer));
  ASSERT_TRUE(sender);
  const auto first = memory_file();
  const auto second = memory_file();
  const auto deadline = Deadline::after(seconds{5});
  const auto payload = payload_of(uint64_t{1});
  ASSERT_TRUE(sender->send(header_of(Command::dma_map), payload, {}, deadline));
  ASSERT_TRUE(
      sender->send(header_of(Command::dma_map), payload, std::array{first.get()}, deadline));
  ASSERT_TRUE(sender->send(header_of(Command::dma_map), payload,
                           std::array{second.get(), first.get()}, deadline));
  const auto none = channel->receive(deadline);
  const auto one = channel->receive(deadline);
  const auto two = channel->receive(deadline);
  ASSERT_TRUE(none && one && two);
  EXPECT_TRUE(none->fds.empty());
  ASSERT_EQ(one->fds.size(), 1U);
  EXPECT_EQ(inode(one->fds[0].get()), inode(first.get()));
  ASSERT_EQ(two->fds.size(), 2U);
  EXPECT_EQ(inode(two->fds[0].get()), inode(second.get()));
  EXPECT_NE(::fcntl(two->fds[0].get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(ChannelTest, MoreDescriptorsThanAgreedOnAreRefusedAndClosed) {
  const auto file = memory_file();
  const std::vector<int> sixteen(our_max_msg_fds, file.get());
  const auto bytes = payload_of(header_of(Command::dma_map, 32), uint64_t{}, uint64_t{});
  const auto before = open_descriptors();
  const std::span all{bytes};
  ASSERT_TRUE(send_some(peer.get(), all.first(20), {}, sixteen));
  ASSERT_TRUE(send_some(peer.get(), all.subspan(20), {}, std::array{file.get()}));
  EXPECT_EQ(channel->try_receive().error().code, ErrorCode::protocol);
  channel.reset();
  EXPECT_EQ(open_descriptors(), before - 1);  // the channel's own
}

TEST_F(ChannelTest, DescriptorsThatThisProcessHasNoRoomForAreAnError) {
  const auto file = memory_file();
  const std::vector<int> sixteen(our_max_msg_fds, file.get());
  const auto bytes = payload_of(header_of(Command::dma_map, 16));
  ASSERT_TRUE(send_some(peer.get(), bytes, {}, sixteen));
  const auto before = open_descriptors();
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit tight{.rlim_cur = static_cast<rlim_t>(file.get() + 4), .rlim_max = limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  const auto message = channel->try_receive();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(message.error().code, ErrorCode::protocol);
  channel.reset();
  EXPECT_EQ(open_descriptors(), before - 1);
}

TEST_F(ChannelTest, AMessageShorterThanItsHeaderIsRefused) {
  send_message(15, 0);
  const auto message = channel->try_receive();
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code, ErrorCode::protocol);
  EXPECT_NE(message.error().what.find("15 bytes"), std::string::npos);
}

TEST_F(ChannelTest, AMessageLongerThanAnyIsRefusedByItsHeader) {
  send_message(max_message_size + 1, 0);
  EXPECT_EQ(channel->try_receive().error().code, ErrorCode::protocol);
}

TEST_F(ChannelTest, APeerThatLeavesIsNoticed) {
  peer.reset();
  EXPECT_EQ(channel->try_receive().error().code, ErrorCode::device_gone);
}

TEST_F(ChannelTest, APeerThatLeavesInTheMiddleOfAMessageIsNoticed) {
  send_message(32, 5);
  peer.reset();
  EXPECT_EQ(channel->try_receive().error().code, ErrorCode::device_gone);
}

TEST_F(ChannelTest, HalfAMessageIsATimeoutAtTheDeadline) {
  send_message(32, 5);
  EXPECT_EQ(channel->receive(Deadline::after(milliseconds{0})).error().code, ErrorCode::timeout);
}

TEST_F(ChannelTest, SendingToAPeerThatLeftIsAnErrorAndNoSignal) {
  peer.reset();
  const auto sent =
      channel->send(header_of(Command::device_reset), {}, {}, Deadline::after(seconds{1}));
  EXPECT_EQ(sent.error().code, ErrorCode::device_gone);
}

TEST_F(ChannelTest, SendingToAPeerThatReadsNothingEndsAtTheDeadline) {
  const std::vector<std::byte> large(max_data_xfer_size);
  const auto sent =
      channel->send(header_of(Command::region_write), large, {}, Deadline::after(milliseconds{1}));
  EXPECT_EQ(sent.error().code, ErrorCode::timeout);
}

TEST_F(ChannelTest, WhatHadNoRoomGoesOutWhenThePeerReads) {
  std::vector<std::byte> large(max_data_xfer_size);
  std::ranges::generate(large, [i = 0U]() mutable { return static_cast<std::byte>(i++ * 7); });
  const auto file = memory_file();
  ASSERT_TRUE(channel->start_sending(header_of(Command::region_write), large, {file.get()}));
  EXPECT_TRUE(channel->sending());
  EXPECT_FALSE(channel->start_sending(header_of(Command::region_write), {}, {}));
  auto receiver = Channel::adopt(std::move(peer));
  ASSERT_TRUE(receiver);
  std::optional<Message> message;
  while (!message) {
    ASSERT_TRUE(channel->flush());
    auto received = receiver->try_receive();
    ASSERT_TRUE(received);
    message = *std::move(received);
  }
  EXPECT_FALSE(channel->sending());
  EXPECT_EQ(message->payload, large);
  EXPECT_EQ(message->fds.size(), 1U);
}

TEST_F(ChannelTest, APayloadThatNoMessageCanHoldIsRefused) {
  const std::vector<std::byte> large(max_message_size);
  const auto sent =
      channel->send(header_of(Command::region_write), large, {}, Deadline::after(seconds{1}));
  EXPECT_EQ(sent.error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace bulkhead::vfio_user
