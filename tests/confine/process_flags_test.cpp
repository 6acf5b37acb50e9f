#include <cerrno>

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "bulkhead/confine/layers.hpp"

#include "tests/confine/child.hpp"

namespace bulkhead::confine {
namespace {

TEST(ProcessFlags, NoNewPrivileges) {
  const auto ended = in_child([](int) {
    forbid_new_privileges();
    return std::to_string(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  });
  EXPECT_EQ(ended.said, "1");
}

TEST(ProcessFlags, NotDumpable) {
  const auto ended = in_child([](int) {
    forbid_dumps();
    return std::to_string(::prctl(PR_GET_DUMPABLE));
  });
  EXPECT_EQ(ended.said, "0");
}

TEST(ProcessFlags, MemoryThatWasWritableIsNeverExecuted) {
  const auto ended = in_child([](int) {
    const auto state = forbid_new_code();
    if (state.presence != Presence::on) return "none: " + state.note;
    const bool mapped = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
    return outcome(mapped);
  });
  if (ended.said.starts_with("none")) GTEST_SKIP() << ended.said;
  EXPECT_EQ(ended.said, std::to_string(EACCES));
}

}  // namespace
}  // namespace bulkhead::confine
