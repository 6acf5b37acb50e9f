#include "bulkhead/base/owned_fd.hpp"

#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace bulkhead {
namespace {

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

int open_null() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

TEST(OwnedFd, ClosesWhatItOwnsOnce) {
  const int number = open_null();
  {
    OwnedFd first{number};
    const OwnedFd second{std::move(first)};
    EXPECT_EQ(second.get(), number);
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(OwnedFd, ResetClosesNow) {
  OwnedFd fd{open_null()};
  const int number = fd.get();
  fd.reset();
  EXPECT_FALSE(fd);
  EXPECT_FALSE(is_open(number));
  fd.reset();
}

TEST(OwnedFd, AssignmentLeaksNothing) {
  const int old_number = open_null();
  const int new_number = open_null();
  {
    OwnedFd fd{old_number};
    fd = OwnedFd{new_number};
    EXPECT_EQ(fd.get(), new_number);
  }
  EXPECT_FALSE(is_open(old_number));
  EXPECT_FALSE(is_open(new_number));
}

}  // namespace
}  // namespace bulkhead
