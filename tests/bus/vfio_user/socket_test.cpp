// What a user who names the wrong socket is told.
#include "bulkhead/bus/vfio_user/socket.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bulkhead/bus/function.hpp"
#include "bulkhead/bus/vfio_user/socket_io.hpp"

#include "tests/bus/vfio_user/temporary_folder.hpp"
#include "tests/bus/vfio_user/wire.hpp"

namespace bulkhead::vfio_user {
namespace {

Error error_of_opening(const std::string& name) {
  const auto opened = bus::open(name);
  return opened ? Error{ErrorCode::io, "it was opened", {}} : opened.error();
}

TEST(Socket, NoSuchSocket) {
  const TemporaryFolder folder;
  const auto error = error_of_opening("vfio-user:" + folder.path("none.sock"));
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_NE(error.what.find("there is no socket"), std::string::npos) << error.message();
}

TEST(Socket, NotASocket) {
  const TemporaryFolder folder;
  std::ofstream{folder.path("file")} << "x";
  const auto error = error_of_opening("vfio-user:" + folder.path("file"));
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_NE(error.what.find("is not a socket"), std::string::npos) << error.message();
}

TEST(Socket, ASocketThatNobodyServes) {
  const TemporaryFolder folder;
  {
    const auto dead = new_socket();
    ASSERT_TRUE(dead);
    ASSERT_EQ(bind_to(dead->get(), folder.path("dead.sock")), 0);
  }
  const auto error = error_of_opening("vfio-user:" + folder.path("dead.sock"));
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_NE(error.what.find("nobody serves"), std::string::npos) << error.message();
}

TEST(Socket, IsWaitedForUntilItHasSomethingOrTheDeadline) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const OwnedFd here{ends[0]};
  const OwnedFd there{ends[1]};
  using std::chrono::milliseconds;
  EXPECT_EQ(*wait_for(here, POLLOUT, Deadline::after(milliseconds{10'000})), true);
  const auto soon = Deadline::after(milliseconds{1});
  while (*wait_for(here, POLLIN, soon)) continue;
  EXPECT_TRUE(soon.reached());
  // However much has come: the deadline is over.
  ASSERT_EQ(::write(there.get(), "x", 1), 1);
  EXPECT_EQ(*wait_for(here, POLLIN, soon), false);
}

TEST(Socket, APathThatIsTooLong) {
  const auto error = error_of_opening("vfio-user:/" + std::string(200, 'a'));
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_NE(error.what.find("at most 107 bytes"), std::string::npos) << error.message();
}

TEST(Socket, NoPermission) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may connect to everything";
  const TemporaryFolder folder;
  const auto socket = new_socket();
  ASSERT_TRUE(socket);
  ASSERT_EQ(bind_to(socket->get(), folder.path("mine.sock")), 0);
  std::filesystem::permissions(folder.path("mine.sock"), std::filesystem::perms::none);
  EXPECT_EQ(error_of_opening("vfio-user:" + folder.path("mine.sock")).code, ErrorCode::permission);
}

TEST(Socket, AServerThatAcceptsNobodyIsATimeout) {
  const TemporaryFolder folder;
  const auto listener = new_socket();
  ASSERT_TRUE(listener);
  ASSERT_EQ(bind_to(listener->get(), folder.path("full.sock")), 0);
  ASSERT_EQ(::listen(listener->get(), 0), 0);
  const auto deadline = Deadline::after(std::chrono::milliseconds{10});
  const auto first = connect_socket(folder.path("full.sock"), deadline);
  ASSERT_TRUE(first);
  const auto second = connect_socket(folder.path("full.sock"), deadline);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::timeout);
}

}  // namespace
}  // namespace bulkhead::vfio_user
