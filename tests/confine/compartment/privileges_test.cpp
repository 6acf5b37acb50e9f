#include "bulkhead/confine/compartment/privileges.hpp"

#include <sys/resource.h>

#include "tests/confine/child.hpp"

namespace bulkhead::confine {
namespace {

TEST(Privileges, ABrokerMayHaveAsManyDescriptorsAsThereAreWithoutAPrivilege) {
  const auto ended = in_child([](int) {
    rlimit limits{.rlim_cur = 100, .rlim_max = 300};
    ::setrlimit(RLIMIT_NOFILE, &limits);
    raise_descriptor_limit();
    ::getrlimit(RLIMIT_NOFILE, &limits);
    return std::to_string(limits.rlim_cur) + " of " + std::to_string(limits.rlim_max);
  });
  EXPECT_EQ(ended.said, "300 of 300");
}

}  // namespace
}  // namespace bulkhead::confine
