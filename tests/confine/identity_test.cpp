#include <fmt/format.h>
#include <sys/prctl.h>

#include "bulkhead/confine/capability_sets.hpp"
#include "bulkhead/confine/layers.hpp"

#include "tests/confine/child.hpp"

namespace bulkhead::confine {
namespace {

TEST(Identity, RootBecomesNobodyAndKeepsTheRightsForTheNextLayers) {
  if (::geteuid() != 0) GTEST_SKIP() << "only for root";
  const auto before = capability_sets();
  const auto ended = in_child([](int) {
    const auto state = drop_identity();
    const auto sets = capability_sets();
    return fmt::format("{} {} {} {} {:x} {}", static_cast<int>(state.presence), ::getuid(),
                       ::getegid(), ::getgroups(0, nullptr), sets.front().bits,
                       ::prctl(PR_GET_DUMPABLE));
  });
  EXPECT_EQ(ended.said, fmt::format("0 65534 65534 0 {:x} 1", before.front().bits));
}

TEST(Identity, AnotherUserStaysWhoHeIs) {
  const auto ended = in_child([](int) {
    if (::geteuid() == 0 && ::setresuid(1234, 1234, 1234) != 0) return std::string{"cannot"};
    const auto user = ::getuid();
    const auto state = drop_identity();
    return fmt::format("{} {} {}", static_cast<int>(state.presence), ::getuid() == user,
                       state.note == fmt::format("user {}", user));
  });
  EXPECT_EQ(ended.said, "0 true true");
}

}  // namespace
}  // namespace bulkhead::confine
