#include "bulkhead/confine/filter.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tests/confine/child.hpp"

namespace bulkhead::confine {
namespace {

/// What the child needs to tell, and to end.
const std::array<int, 3> ending{SYS_write, SYS_exit_group, SYS_rt_sigprocmask};

/// The body runs under a filter of these rules and the above.
template <class Body>
Ended under(std::vector<Rule> rules, Body body) {
  for (const int number : ending) rules.push_back({.number = number});
  return in_child([&](int) {
    auto filter = Filter::build(rules);
    if (!filter) return filter.error().message();
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (auto loaded = filter->load(); !loaded) return loaded.error().message();
    return body();
  });
}

class Filtering : public testing::Test {
  void SetUp() override {
    if (sanitized) GTEST_SKIP() << "a sanitizer's runtime makes calls of its own";
  }
};

TEST_F(Filtering, WhatIsAllowedPasses) {
  const auto ended =
      under({{.number = SYS_getppid}}, [] { return outcome(::syscall(SYS_getppid) > 0); });
  EXPECT_EQ(ended.said, "yes");
  EXPECT_TRUE(ended.well());
}

TEST_F(Filtering, AnythingElseKills) {
  const auto ended = under({}, [] { return outcome(::syscall(SYS_getppid) > 0); });
  EXPECT_EQ(ended.signal(), SIGSYS);
}

TEST_F(Filtering, ACallThatWasNamedToFailFails) {
  const auto ended = under({{.number = SYS_getppid, .error = ENOSYS}},
                           [] { return outcome(::syscall(SYS_getppid) > 0); });
  EXPECT_EQ(ended.said, std::to_string(ENOSYS));
}

TEST_F(Filtering, ConditionsHoldForTheArgumentTheyName) {
  const std::vector<Rule> rules{{.number = SYS_lseek,
                                 .conditions = {{.argument = 1, .mask = 0xFF, .value = 4},
                                                {.argument = 2, .mask = ~0ULL, .value = 0}}}};
  const auto fulfilled =
      under(rules, [] { return outcome(::syscall(SYS_lseek, -1, 0x104, 0) >= 0); });
  EXPECT_EQ(fulfilled.said, std::to_string(EBADF));
  const auto another = under(rules, [] { return outcome(::syscall(SYS_lseek, -1, 5, 0) >= 0); });
  EXPECT_EQ(another.signal(), SIGSYS);
  const auto one_of_two = under(rules, [] { return outcome(::syscall(SYS_lseek, -1, 4, 1) >= 0); });
  EXPECT_EQ(one_of_two.signal(), SIGSYS);
}

TEST_F(Filtering, NumbersOfTheX32ArchitectureKill) {
  constexpr long x32 = 0x40000000;
  const auto ended =
      under({{.number = SYS_getppid}}, [] { return outcome(::syscall(x32 | SYS_getppid) > 0); });
  EXPECT_EQ(ended.signal(), SIGSYS);
}

TEST_F(Filtering, AfterTheLastCallThereIsNone) {
  if (!can_refuse_all_calls()) GTEST_SKIP() << "it came with Linux 5.11";
  const auto ended = in_child([](int) -> std::string {
    auto filter = Filter::build(SystemCalls::none, false);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!filter || !filter->load()) return "not loaded";
    ::syscall(SYS_exit_group, 0);
    return "alive";
  });
  EXPECT_EQ(ended.said, "");
  EXPECT_EQ(ended.signal(), SIGSYS);
}

}  // namespace
}  // namespace bulkhead::confine
