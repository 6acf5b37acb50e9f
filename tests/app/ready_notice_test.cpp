#include "bulkhead/app/ready_notice.hpp"

#include <array>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/vfio_user/socket_io.hpp"

#include "tests/bus/vfio_user/temporary_folder.hpp"

namespace bulkhead::app {
namespace {

TEST(ReadyNotice, GoesToTheSocketThatTheServiceManagerNames) {
  const TemporaryFolder folder;
  const auto path = folder.path("notify");
  const OwnedFd manager{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)};
  ASSERT_EQ(vfio_user::bind_to(manager.get(), path), 0);
  ::unsetenv("NOTIFY_SOCKET");
  tell_that_we_are_ready();
  std::array<char, 64> word{};
  EXPECT_LT(::read(manager.get(), word.data(), word.size()), 0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  tell_that_we_are_ready();
  const auto got = ::read(manager.get(), word.data(), word.size());
  ::unsetenv("NOTIFY_SOCKET");
  ASSERT_GT(got, 0);
  EXPECT_EQ(std::string(word.data(), static_cast<size_t>(got)), "READY=1");
}

}  // namespace
}  // namespace bulkhead::app
