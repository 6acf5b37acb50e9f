#include "bulkhead/bus/machine.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/bus/made_up_machine.hpp"

namespace bulkhead::bus {
namespace {

TEST(Machine, ThisOneHasItsLoopbackAddress) {
  const auto machine = this_machine();
  EXPECT_EQ(machine.at("/proc/self"), "/proc/self");
  EXPECT_TRUE(std::ranges::any_of(machine.addresses, [](const InterfaceAddress& address) {
    return address.interface == "lo" && address.address == "127.0.0.1";
  }));
}

TEST(Machine, ThisOneKnowsWhoRuns) {
  EXPECT_EQ(is_root(this_machine()), ::geteuid() == 0);
}

TEST(Machine, ThisOneTellsWhichNodesMayBeOpened) {
  const auto machine = this_machine();
  EXPECT_TRUE(machine.may_open("/dev/null"));
  EXPECT_FALSE(machine.may_open("/dev/there-is-no-such-node"));
  EXPECT_FALSE(machine.is_claimed("/dev/null"));
}

TEST(Machine, TheEffectiveUserCounts) {
  const MadeUpMachine made_up;
  EXPECT_FALSE(is_root(made_up.machine));
  made_up.set_user(0);
  EXPECT_TRUE(is_root(made_up.machine));
  made_up.set_user(1000);
  EXPECT_FALSE(is_root(made_up.machine));
}

}  // namespace
}  // namespace bulkhead::bus
