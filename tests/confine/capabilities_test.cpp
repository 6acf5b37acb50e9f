#include <fmt/format.h>

#include "bulkhead/confine/capability_sets.hpp"

#include "tests/confine/in_user_namespace.hpp"

namespace bulkhead::confine {
namespace {

std::string all_sets() {
  std::string text;
  for (const auto& set : capability_sets()) text += fmt::format("{} {:x} ", set.name, set.bits);
  return text;
}

TEST(Capabilities, AreGoneFromAllFiveSets) {
  const auto ended = in_user_namespace([] {
    const auto before = capability_sets();
    const auto state = drop_capabilities();
    return fmt::format("{} {} {}", before.front().bits != 0, static_cast<int>(state.presence),
                       all_sets());
  });
  if (ended.said.starts_with("none")) GTEST_SKIP() << ended.said;
  EXPECT_EQ(ended.said, "true 0 effective 0 permitted 0 inheritable 0 bounding 0 ambient 0 ");
}

TEST(Capabilities, WhoMayNotEmptyTheBoundingSetIsTold) {
  const auto ended = in_child([](int) {
    clear_capabilities();
    const auto state = drop_capabilities();
    return fmt::format("{} {}", static_cast<int>(state.presence), state.note);
  });
  EXPECT_TRUE(ended.said.starts_with("1 the bounding set stays full")) << ended.said;
}

}  // namespace
}  // namespace bulkhead::confine
