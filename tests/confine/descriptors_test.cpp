#include <cerrno>

#include <fcntl.h>

#include "bulkhead/confine/layers.hpp"

#include "tests/confine/child.hpp"

namespace bulkhead::confine {
namespace {

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

TEST(CloseAllBut, TheNamedOnesStay) {
  const auto ended = in_child([](int fd) {
    const int far = ::fcntl(fd, F_DUPFD, 200);
    const int further = ::fcntl(fd, F_DUPFD, 210);
    // In any order, one of them twice, and one that is none.
    const auto state = close_all_but({far, STDERR_FILENO, fd, far, -1});
    std::string open;
    for (int i = 0; i <= further; ++i)
      if (is_open(i)) open += std::to_string(i) + " ";
    return std::to_string(static_cast<int>(state.presence)) + ": " + open + "| " +
           std::to_string(fd) + " " + std::to_string(far) + " ";
  });
  const auto bar = ended.said.find("| ");
  ASSERT_NE(bar, std::string::npos) << ended.said;
  EXPECT_EQ(ended.said.substr(0, bar), "0: 2 " + ended.said.substr(bar + 2));
}

TEST(CloseAllBut, NothingNamedNothingStays) {
  const auto ended = in_child([](int) -> std::string {
    close_all_but({});
    ::_exit(is_open(0) || is_open(1) || is_open(2) ? 1 : 0);
  });
  EXPECT_TRUE(ended.well());
}

}  // namespace
}  // namespace bulkhead::confine
