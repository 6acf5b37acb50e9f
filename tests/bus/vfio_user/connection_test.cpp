// Requests to servers that are odd, hostile, or die.
#include "bulkhead/bus/vfio_user/connection.hpp"

#include <atomic>
#include <cerrno>

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "tests/bus/vfio_user/introduce.hpp"
#include "tests/bus/vfio_user/scripted_server.hpp"
#include "tests/bus/vfio_user/wire.hpp"

namespace bulkhead::vfio_user {
namespace {

using bus::RegionId;

TEST(Connection, AReplyWithAnotherIdIsAProtocolError) {
  const auto error =
      refused(Command::device_get_info, [](Answer& answer) { ++answer.header.message_id; });
  EXPECT_EQ(error.code, ErrorCode::protocol);
  EXPECT_TRUE(contains(error, "test: DEVICE_GET_INFO: the reply's id")) << error.message();
}

TEST(Connection, AReplyToAnotherCommandIsAProtocolError) {
  const auto error = refused(Command::device_get_info,
                             [](Answer& answer) { answer.header.command = Command::device_reset; });
  EXPECT_EQ(error.code, ErrorCode::protocol);
  EXPECT_TRUE(contains(error, "DEVICE_RESET")) << error.message();
}

TEST(Connection, AMessageThatIsNeitherCommandNorReplyIsAProtocolError) {
  const auto error =
      refused(Command::device_get_info, [](Answer& answer) { answer.header.flags = 9; });
  EXPECT_EQ(error.code, ErrorCode::protocol);
}

TEST(Connection, AnErrorReplySaysWhichCommandAndWhy) {
  const auto error = refused(Command::device_get_info, [](Answer& answer) {
    answer.header.flags |= flag_error;
    answer.header.error = EACCES;
    answer.payload.clear();
  });
  EXPECT_EQ(error.code, ErrorCode::permission);
  EXPECT_TRUE(contains(error, "DEVICE_GET_INFO") && contains(error, "Permission denied"))
      << error.message();
}

TEST(Connection, AnErrorReplyWithAnImpossibleErrnoIsAnErrorAllTheSame) {
  for (const uint32_t number : {0U, 5000U, ~0U}) {
    const auto error = refused(Command::device_get_info, [number](Answer& answer) {
      answer.header.flags |= flag_error;
      answer.header.error = number;
    });
    EXPECT_TRUE(contains(error, "gave no reason")) << error.message();
  }
}

TEST(Connection, ASilentServerIsATimeout) {
  const auto error =
      refused(Command::version, [](Answer& answer) { answer.silent = true; }, little_patience);
  EXPECT_EQ(error.code, ErrorCode::timeout);
  EXPECT_TRUE(contains(error, "test: VERSION: no reply within 20 ms")) << error.message();
}

TEST(Connection, AServerThatStopsInTheMiddleOfAReplyIsATimeout) {
  const auto error = refused(
      Command::version,
      [](Answer& answer) { answer.instead = payload_of(header_of(Command::version, 32)); },
      little_patience);
  EXPECT_EQ(error.code, ErrorCode::timeout);
}

TEST(Connection, AServerThatDiesIsGone) {
  for (const Command command : {Command::version, Command::device_get_region_info}) {
    const auto error = refused(command, [](Answer& answer) { answer.hang_up = true; });
    EXPECT_EQ(error.code, ErrorCode::device_gone);
    EXPECT_TRUE(contains(error, "the device's server has gone")) << error.message();
  }
}

TEST(Connection, AReplyOfImpossibleSizeIsAProtocolError) {
  for (const uint32_t size : {0U, 15U, max_message_size + 1, ~0U}) {
    const auto error = refused(Command::device_get_info, [size](Answer& answer) {
      answer.instead = payload_of(header_of(Command::device_get_info, size, flag_type_reply));
    });
    EXPECT_EQ(error.code, ErrorCode::protocol) << size;
  }
}

TEST(Connection, AfterATimeoutALateReplyIsNotTakenForAnothers) {
  ScriptedServer server{[](const Message& request, Answer& answer) {
    answer.silent = request.header.command == Command::device_reset;
  }};
  const auto function = introduce(server, std::chrono::milliseconds{1000});
  ASSERT_TRUE(function) << function.error().message();
  EXPECT_EQ((*function)->reset().error().code, ErrorCode::timeout);
  EXPECT_EQ((*function)->read32(RegionId::bar0, 0).error().code, ErrorCode::timeout);
  EXPECT_EQ((*function)->check_alive().error().code, ErrorCode::timeout);
}

/// A peer's end of a connection that has begun with `reply` to the request that comes.
struct Peer {
  Connection connection;
  Channel channel;

  static Peer answering(std::span<const std::byte> reply, std::chrono::milliseconds time) {
    auto [mine, theirs] = socket_pair();
    if (!reply.empty()) {
      EXPECT_TRUE(send_raw(theirs.get(), reply));
    }
    return {.connection = Connection{*Channel::adopt(std::move(mine)), "test", time},
            .channel = *Channel::adopt(std::move(theirs))};
  }
  /// What it reads after the one request: the end.
  ErrorCode after_the_request() {
    const auto deadline = Deadline::after(patience);
    if (!channel.receive(deadline)) return ErrorCode::io;
    const auto next = channel.receive(deadline);
    return next ? ErrorCode::io : next.error().code;
  }
};

TEST(Connection, AReplyTooShortEndsTheConnectionAtOnce) {
  const auto reply = payload_of(
      Header{1, Command::device_get_info, sizeof(Header) + 4, flag_type_reply, 0}, uint32_t{0});
  auto peer = Peer::answering(reply, patience);
  const auto info = peer.connection.ask<DeviceInfo>(Command::device_get_info, DeviceInfo{});
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().message(), "test: DEVICE_GET_INFO: the reply is too short (4 bytes)");
  EXPECT_EQ(peer.after_the_request(), ErrorCode::device_gone);
  const auto next = peer.connection.request(Command::device_reset, {});
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::protocol);
  EXPECT_TRUE(contains(next.error(), "the reply is too short (4 bytes)")) << next.error().message();
  EXPECT_EQ(peer.connection.check_alive().error().code, ErrorCode::protocol);
}

TEST(Connection, ATimeoutEndsTheConnectionAtOnce) {
  auto peer = Peer::answering({}, little_patience);
  EXPECT_EQ(peer.connection.request(Command::device_reset, {}).error().code, ErrorCode::timeout);
  EXPECT_EQ(peer.after_the_request(), ErrorCode::device_gone);
  EXPECT_EQ(peer.connection.request(Command::device_reset, {}).error().code, ErrorCode::timeout);
}

TEST(Connection, WhatTheServerAsksIsRefusedAndTheReplyStillFound) {
  std::atomic<uint32_t> refusal = 0;
  ScriptedServer server{[&](const Message& request, Answer& answer) {
    if (request.header.command == Command::dma_read) {
      refusal = request.header.error;
      answer.silent = true;
    }
    if (request.header.command != Command::device_reset) return;
    answer.instead = payload_of(
        header_of(Command::dma_read, 32), DmaAccess{0, 64},
        Header{request.header.message_id, Command::device_reset, 16, flag_type_reply, 0});
  }};
  {
    const auto function = introduce(server);
    ASSERT_TRUE(function);
    EXPECT_TRUE((*function)->reset());
    EXPECT_TRUE((*function)->read32(RegionId::bar0, 0));
  }
  EXPECT_EQ(refusal, static_cast<uint32_t>(ENOTSUP));
}

TEST(Connection, CheckAliveAnswersTheServerAndNoticesItsEnd) {
  auto [mine, theirs] = socket_pair();
  Connection connection{*Channel::adopt(std::move(mine)), "test", patience};
  EXPECT_TRUE(connection.check_alive());
  auto peer = Channel::adopt(std::move(theirs));
  ASSERT_TRUE(send_raw(peer->fd(), payload_of(header_of(Command::dma_write, 16))));
  EXPECT_TRUE(connection.check_alive());
  const auto refusal = peer->receive(Deadline::after(patience));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->header.flags, flag_type_reply | flag_error);
  EXPECT_EQ(refusal->header.error, static_cast<uint32_t>(ENOTSUP));
  peer = fail(ErrorCode::io, "closed");
  EXPECT_EQ(connection.check_alive().error().code, ErrorCode::device_gone);
}

TEST(Connection, AReplyThatNobodyAskedForIsAProtocolError) {
  auto [mine, theirs] = socket_pair();
  Connection connection{*Channel::adopt(std::move(mine)), "test", patience};
  ASSERT_TRUE(
      send_raw(theirs.get(), payload_of(header_of(Command::region_read, 16, flag_type_reply))));
  EXPECT_EQ(connection.check_alive().error().code, ErrorCode::protocol);
}

TEST(Connection, DescriptorsOfRepliesDoNotLeak) {
  const OwnedFd memory{::memfd_create("test", MFD_CLOEXEC)};
  const auto before = open_descriptors();
  {
    ScriptedServer server{[&](const Message&, Answer& answer) {
      answer.fds = {memory.get(), memory.get(), memory.get()};
    }};
    const auto function = introduce(server);
    EXPECT_FALSE(function);  // a region with three files
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace bulkhead::vfio_user
