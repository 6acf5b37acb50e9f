#include "bulkhead/base/error.hpp"

#include <cerrno>

#include <gtest/gtest.h>

namespace bulkhead {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorCode::invalid_argument, "the number is odd", "add one");
  return number / 2;
}

Result<int> quarter(int number) {
  BULKHEAD_TRY_ASSIGN(const int first, half(number));
  BULKHEAD_TRY(half(first));
  return first / 2;
}

TEST(Error, SaysWhatFailedAndWhatToDo) {
  EXPECT_EQ(half(3).error().message(), "the number is odd (add one)");
  EXPECT_EQ((Error{ErrorCode::io, "lost", ""}).message(), "lost");
}

TEST(Error, ContextComesFirst) {
  EXPECT_EQ((Error{ErrorCode::io, "lost", "look"}).within("port 0").message(),
            "port 0: lost (look)");
}

TEST(Error, TryPassesValuesAndErrorsOn) {
  EXPECT_EQ(quarter(8), 2);
  EXPECT_EQ(quarter(7).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(quarter(6).error().code, ErrorCode::invalid_argument);
}

TEST(Error, CodeFollowsErrno) {
  errno = ENOENT;
  const auto missing = fail_errno("open a.sock", "start the model");
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_EQ(missing.error().message(), "open a.sock: No such file or directory (start the model)");
  EXPECT_EQ(fail_errno(EPIPE, "send").error().code, ErrorCode::device_gone);
  EXPECT_EQ(fail_errno(EPERM, "mmap").error().code, ErrorCode::permission);
  EXPECT_EQ(fail_errno(EMFILE, "socket").error().code, ErrorCode::no_memory);
  EXPECT_EQ(fail_errno(EIO, "read").error().code, ErrorCode::io);
  EXPECT_EQ(fail_errno(EINVAL, "mmap").error().code, ErrorCode::io) << "not the caller's words";
}

TEST(Error, EveryCodeHasItsName) {
  EXPECT_EQ(to_string(ErrorCode::hostile_device), "hostile device");
  EXPECT_EQ(to_string(ErrorCode::timeout), "timeout");
}

}  // namespace
}  // namespace bulkhead
