#include <csignal>

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
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    const auto state = drop_identity();
    const auto sets = capability_sets();
    int death_signal = 0;
    ::prctl(PR_GET_PDEATHSIG, &death_signal);
    return fmt::format("{} {} {} {} {:x} {} {}", static_cast<int>(state.presence), ::getuid(),
                       ::getegid(), ::getgroups(0, nullptr), sets.front().bits,
                       ::prctl(PR_GET_DUMPABLE), death_signal == SIGTERM);
  });
  EXPECT_EQ(ended.said, fmt::format("0 65534 65534 0 {:x} 1 true", before.front().bits));
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
