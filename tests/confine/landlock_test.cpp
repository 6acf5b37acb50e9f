#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <sys/socket.h>

#include "bulkhead/confine/layers.hpp"

#include "tests/confine/child.hpp"

namespace bulkhead::confine {
namespace {

/// Landlock wants no_new_privs, or a privilege.
LayerState deny() {
  forbid_new_privileges();
  return deny_by_landlock();
}

TEST(Landlock, NoFileCanBeOpened) {
  if (landlock_abi() == 0) GTEST_SKIP() << "no Landlock here";
  const auto ended = in_child([](int) {
    const auto state = deny();
    return std::to_string(static_cast<int>(state.presence)) + state.note + ": " +
           outcome(::open("/", O_RDONLY | O_DIRECTORY) >= 0) + " " +
           outcome(::open("/dev/null", O_WRONLY) >= 0);
  });
  const auto refused = std::to_string(EACCES);
  EXPECT_TRUE(ended.said.starts_with("0ABI ")) << ended.said;
  EXPECT_TRUE(ended.said.ends_with(": " + refused + " " + refused)) << ended.said;
}

TEST(Landlock, NoTcpPortIsReached) {
  if (landlock_abi() < 4) GTEST_SKIP() << "Landlock knows of TCP since ABI 4";
  const auto ended = in_child([](int) {
    deny();
    const OwnedFd socket{::socket(AF_INET, SOCK_STREAM, 0)};
    sockaddr generic{};
    generic.sa_family = AF_INET;
    return outcome(::bind(socket.get(), &generic, sizeof generic) == 0);
  });
  EXPECT_EQ(ended.said, std::to_string(EACCES));
}

TEST(Landlock, NoSignalLeaves) {
  if (landlock_abi() < 6) GTEST_SKIP() << "Landlock knows of signals since ABI 6";
  const auto ended = in_child([](int) {
    deny();
    return outcome(::kill(::getppid(), 0) == 0);
  });
  EXPECT_EQ(ended.said, std::to_string(EPERM));
}

}  // namespace
}  // namespace bulkhead::confine
