// A child with interfaces of its own, which nobody else sees.
#pragma once

#include <string>
#include <string_view>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>

#include "bulkhead/base/owned_fd.hpp"

#include "tests/confine/in_user_namespace.hpp"

namespace bulkhead::net {

/// What `body` returns there is expected to be this; skips the test where there are no namespaces,
/// or no TAP interfaces for everybody.
template <class Body>
void expect_in_network_namespace(std::string_view expected, Body body) {
  const auto ended = confine::in_user_namespace([body]() -> std::string {
    if (::unshare(CLONE_NEWNET) != 0) return "none: no network namespace";
    if (!OwnedFd{::open("/dev/net/tun", O_RDWR | O_CLOEXEC)}) return "none: no /dev/net/tun";
    return body();
  });
  if (ended.said.starts_with("none")) GTEST_SKIP() << ended.said;
  EXPECT_TRUE(ended.well());
  EXPECT_EQ(ended.said, expected);
}

}  // namespace bulkhead::net
