#include <array>

#include <net/if.h>

#include "bulkhead/bus/text_files.hpp"

#include "tests/confine/in_user_namespace.hpp"

namespace bulkhead::confine {
namespace {

TEST(UserNamespace, TheProcessIsNobodyInIt) {
  const auto ended = in_user_namespace(
      [] { return std::to_string(::getuid()) + " " + std::to_string(::getegid()); });
  if (ended.said.starts_with("none")) GTEST_SKIP() << ended.said;
  EXPECT_EQ(ended.said, "65534 65534");
}

TEST(NetworkNamespace, HasALoopbackThatIsDown) {
  const auto ended = in_user_namespace([] {
    enter_network_namespace();
    std::string names;
    for (unsigned index = 1; index < 20; ++index) {
      std::array<char, IF_NAMESIZE> name{};
      if (::if_indextoname(index, name.data()) != nullptr) names += std::string{name.data()} + " ";
    }
    return names;
  });
  if (ended.said.starts_with("none")) GTEST_SKIP() << ended.said;
  // A kernel may add tunnels that it makes in each namespace; none of them leads anywhere.
  EXPECT_TRUE(ended.said.starts_with("lo ")) << ended.said;
}

TEST(Namespaces, OneAfterTheOtherIsAnotherOne) {
  const auto before = bus::link_target_name("/proc/self/ns/ipc");
  const auto ended = in_user_namespace([] {
    enter_ipc_namespace();
    enter_uts_namespace();
    return bus::link_target_name("/proc/self/ns/ipc") + " " +
           bus::link_target_name("/proc/self/ns/uts");
  });
  if (ended.said.starts_with("none")) GTEST_SKIP() << ended.said;
  EXPECT_TRUE(ended.said.starts_with("ipc:[")) << ended.said;
  EXPECT_FALSE(ended.said.starts_with(before)) << ended.said;
  EXPECT_EQ(ended.said.find(bus::link_target_name("/proc/self/ns/uts")), std::string::npos);
}

TEST(PidNamespace, IsTheParentsToGive) {
  const auto state = look_for_pid_namespace();
  if (::getpid() == 1) {
    EXPECT_EQ(state.presence, Presence::on);
  } else {
    EXPECT_EQ(state.presence, Presence::forgone);
  }
}

}  // namespace
}  // namespace bulkhead::confine
