#include "bulkhead/confine/attempt.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tests/confine/child.hpp"

namespace bulkhead::confine {
namespace {

std::string names(const std::vector<int>& numbers) {
  std::vector<std::string> found;
  std::ranges::transform(numbers, std::back_inserter(found), name_of_system_call);
  return fmt::format("{}", fmt::join(found, " "));
}

/// "passing|conditional": those that filters stop, without the kernel's own.
std::string tried(const std::vector<Rule>& rules) {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  auto filter = Filter::build(rules);
  if (!filter) return filter.error().message();
  const std::array filters{&*filter};
  auto found = try_system_calls("test", filters, rules);
  if (!found) return found.error().message();
  std::erase_if(found->passing,
                [&](int number) { return std::ranges::count(found->of_the_kernel, number) > 0; });
  return names(found->passing) + "|" + names(found->conditional);
}

TEST(TryingSystemCalls, FindsThoseThatPassAndNoOthers) {
  if (sanitized) GTEST_SKIP() << "a sanitizer's runtime makes calls of its own";
  const auto ended = in_child([](int) {
    return tried({{.number = SYS_getppid},
                  {.number = SYS_exit_group},
                  {.number = SYS_rt_sigreturn},  // dies of what it returns to
                  {.number = SYS_clone3, .error = ENOSYS},
                  {.number = SYS_lseek, .conditions = {{.argument = 2, .mask = ~0ULL, .value = 1}}},
                  {.number = SYS_ppoll}});
  });
  EXPECT_TRUE(ended.well());
  EXPECT_EQ(ended.said, "rt_sigreturn getppid exit_group ppoll|lseek");
}

TEST(TryingSystemCalls, FindsNoneThatSurviveAFilterOfNone) {
  if (sanitized) GTEST_SKIP() << "a sanitizer's runtime makes calls of its own";
  const auto ended = in_child([](int) { return tried({}); });
  EXPECT_EQ(ended.said, "|");
}

}  // namespace
}  // namespace bulkhead::confine
