#include <cerrno>

#include "bulkhead/bus/text_files.hpp"

#include "tests/confine/in_user_namespace.hpp"

namespace bulkhead::confine {
namespace {

TEST(EmptyRoot, HasNothingAndTakesNothing) {
  const auto ended = in_user_namespace([] {
    const auto state = enter_empty_root();
    if (state.presence != Presence::on) return "lacks: " + state.note;
    std::string names;
    for (const auto& name : bus::entries("/")) names += name;
    return names + "|" + outcome(::chdir("/..") == 0) + "|" +
           std::to_string(bus::entries("/").size()) + "|" +
           outcome(::symlink("anything", "/link") == 0);
  });
  if (ended.said.starts_with("none")) GTEST_SKIP() << ended.said;
  EXPECT_EQ(ended.said, "|yes|0|" + std::to_string(EROFS));
}

}  // namespace
}  // namespace bulkhead::confine
