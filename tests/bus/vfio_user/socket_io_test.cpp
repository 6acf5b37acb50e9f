#include "bulkhead/bus/vfio_user/socket_io.hpp"

#include <array>
#include <cerrno>

#include <gtest/gtest.h>

#include "bulkhead/bus/vfio_user/socket.hpp"

#include "tests/bus/vfio_user/wire.hpp"

namespace bulkhead::vfio_user {
namespace {

TEST(SocketIo, MoreDescriptorsThanAMessageHoldsAreNotSent) {
  const auto [mine, theirs] = socket_pair();
  const std::vector<int> seventeen(our_max_msg_fds + 1, mine.get());
  const auto bytes = payload_of(uint32_t{1});
  EXPECT_EQ(send_some(mine.get(), bytes, {}, seventeen).error().code, ErrorCode::invalid_argument);
}

TEST(SocketIo, BothPartsArriveInOrder) {
  const auto [mine, theirs] = socket_pair();
  const auto sent = send_some(mine.get(), payload_of(uint32_t{1}), payload_of(uint32_t{2}), {});
  ASSERT_TRUE(sent);
  EXPECT_EQ(*sent, 8U);
  std::array<std::byte, 16> buffer{};
  std::vector<OwnedFd> fds;
  const auto received = receive_some(theirs.get(), buffer, fds);
  ASSERT_TRUE(received);
  EXPECT_EQ(*received, 8U);
  EXPECT_EQ(from_bytes<uint64_t>(buffer), uint64_t{2} << 32U | 1U);
}

TEST(SocketIo, NoBytesYetIsNotTheEnd) {
  auto [mine, theirs] = socket_pair();
  std::array<std::byte, 16> buffer{};
  std::vector<OwnedFd> fds;
  const auto nothing = receive_some(theirs.get(), buffer, fds);
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(*nothing);
  mine.reset();
  EXPECT_EQ(*receive_some(theirs.get(), buffer, fds), 0U);
}

TEST(SocketIo, AnAddressHoldsALimitedPath) {
  const auto socket = new_socket();
  ASSERT_TRUE(socket);
  const std::string fits = "/nonexistent/" + std::string(longest_socket_path() - 13, 'a');
  EXPECT_EQ(connect_to(socket->get(), fits), ENOENT);
  EXPECT_EQ(connect_to(socket->get(), fits + "a"), ENAMETOOLONG);
  EXPECT_EQ(bind_to(socket->get(), fits + "a"), ENAMETOOLONG);
}

}  // namespace
}  // namespace bulkhead::vfio_user
