#include "bulkhead/bus/bind/bind.hpp"

#include <gtest/gtest.h>

#include "bulkhead/bus/bind/previous.hpp"

#include "tests/bus/bind/fake_kernel.hpp"

namespace bulkhead::bus {
namespace {

using Words = std::vector<std::string>;

class Bind : public ::testing::Test, public MachineWithCard {
 protected:
  [[nodiscard]] PciFunction function(const std::string& address = card) const {
    return find_function(machine, address).value();
  }
  Result<> bind_card(const Owner& owner = root_user) {
    return bind_to_vfio(machine, kernel, std::vector{function()}, owner);
  }
  Result<> unbind_card() { return unbind_from_vfio(machine, kernel, function()); }
  [[nodiscard]] std::string text(const std::string& name) const {
    return read_line(machine.at(file_of(card, name)));
  }

  FakeKernel kernel{*this};
};

TEST_F(Bind, TakesTheCardFromItsDriver) {
  ASSERT_TRUE(bind_card());
  EXPECT_EQ(driver_of(card), "vfio-pci");
  EXPECT_EQ(kernel.written, (Words{file_of(card, "driver_override") + " vfio-pci",
                                   "/sys/bus/pci/drivers/ixgbe/unbind 0000:03:00.0",
                                   "/sys/bus/pci/drivers_probe 0000:03:00.0"}));
  EXPECT_EQ(kernel.owners.at("group 17"), "root");
  EXPECT_EQ(kernel.owners.at(card), "root");
}

TEST_F(Bind, GivesTheNodesToTheUser) {
  ASSERT_TRUE(bind_card(Owner{.name = "alice", .id = 1000}));
  EXPECT_EQ(kernel.owners.at("group 17"), "alice");
  EXPECT_EQ(kernel.owners.at(card), "alice");
}

TEST_F(Bind, ACardThatIsBoundOnlyChangesOwner) {
  ASSERT_TRUE(bind_card());
  kernel.written.clear();
  ASSERT_TRUE(bind_card(Owner{.name = "bob", .id = 1001}));
  EXPECT_TRUE(kernel.written.empty());
  EXPECT_EQ(kernel.owners.at("group 17"), "bob");
  EXPECT_EQ(recall(machine, card)->driver, "ixgbe");
  ASSERT_TRUE(bind_card());
  EXPECT_EQ(kernel.owners.at("group 17"), "root");
}

TEST_F(Bind, ACardThatIsNamedTwiceIsBoundOnce) {
  ASSERT_TRUE(bind_to_vfio(machine, kernel, std::vector{function(), function()}, {}));
  EXPECT_EQ(kernel.written.size(), 3U);
  EXPECT_EQ(recall(machine, card)->driver, "ixgbe");
  EXPECT_EQ(recall(machine, card)->driver_override, "");
}

TEST_F(Bind, ACardThatSleepsIsWokenAndMaySleepAgain) {
  write(file_of(card, "power_state"), "D3hot");
  ASSERT_TRUE(bind_card());
  EXPECT_EQ(text("power/control"), "on");
  ASSERT_TRUE(unbind_card());
  EXPECT_EQ(text("power/control"), "auto");
}

TEST_F(Bind, ACardThatVfioPciDoesNotTakeIsPutBack) {
  kernel.refusing_driver = "vfio-pci";
  const auto bound = bind_card();
  ASSERT_FALSE(bound);
  EXPECT_NE(bound.error().what.find("vfio-pci did not take 0000:03:00.0"), std::string::npos);
  EXPECT_NE(bound.error().what.find("; ixgbe has it"), std::string::npos);
  EXPECT_EQ(driver_of(card), "ixgbe");
  EXPECT_EQ(text("driver_override"), "");
  EXPECT_FALSE(recall(machine, card));
}

TEST_F(Bind, WhatCannotBePutBackIsSaid) {
  kernel.refusing_driver = "vfio-pci";
  std::filesystem::remove(machine.at("/sys/bus/pci/drivers/ixgbe/bind"));
  const auto bound = bind_card();
  ASSERT_FALSE(bound);
  EXPECT_NE(bound.error().what.find("could not be put back: ixgbe did not take"), std::string::npos)
      << bound.error().what;
}

TEST_F(Bind, CardsThatWereTakenBeforeAFailureAreNamed) {
  constexpr const char* second = "0000:03:00.1";
  constexpr const char* refused = "0000:04:00.0";
  add_card(second);
  add_card(refused);
  set_driver(second, "vfio-pci");
  kernel.refused_function = refused;
  const auto bound = bind_to_vfio(
      machine, kernel, std::vector{function(), function(second), function(refused)}, root_user);
  ASSERT_FALSE(bound);
  EXPECT_NE(bound.error().what.find("vfio-pci did not take 0000:04:00.0"), std::string::npos);
  EXPECT_TRUE(bound.error().what.ends_with("bulkhead unbind 0000:03:00.0")) << bound.error().what;
}

TEST_F(Bind, WhoHasTheCardAfterAFailureIsLookedUp) {
  kernel.refusing_driver = "vfio-pci";
  kernel.intruding_driver = "pci-stub";
  const auto bound = bind_card();
  ASSERT_FALSE(bound);
  EXPECT_NE(bound.error().what.find("; pci-stub has it"), std::string::npos) << bound.error().what;
}

TEST_F(Bind, WithoutVfioPciNamesTheCommand) {
  std::filesystem::remove_all(machine.at("/sys/bus/pci/drivers/vfio-pci"));
  const auto bound = bind_card();
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().code, ErrorCode::not_found);
  EXPECT_NE(bound.error().remedy.find("modprobe vfio-pci"), std::string::npos);
  EXPECT_EQ(driver_of(card), "ixgbe");
  EXPECT_TRUE(kernel.written.empty());
}

TEST_F(Bind, IsNotBegunWhereTheWayBackCannotBeKept) {
  write("/run/bulkhead", "a file where a folder belongs");
  const auto bound = bind_card();
  ASSERT_FALSE(bound);
  EXPECT_NE(bound.error().what.find("/run/bulkhead"), std::string::npos);
  EXPECT_TRUE(kernel.written.empty());
}

TEST_F(Bind, AsAScriptItChangesNothing) {
  write(file_of(card, "power_state"), "D3hot");
  std::filesystem::remove_all(machine.at("/sys/bus/pci/drivers/vfio-pci"));
  Script script;
  ASSERT_TRUE(
      bind_to_vfio(machine, script, std::vector{function()}, Owner{.name = "alice", .id = 1000}));
  EXPECT_EQ(
      script.lines(),
      (Words{"modprobe vfio-pci", "mkdir -p /run/bulkhead/bound",
             "printf 'driver=ixgbe\\ndriver_override=\\npower_control=auto\\n' > "
             "/run/bulkhead/bound/0000:03:00.0",
             "echo on > /sys/bus/pci/devices/0000:03:00.0/power/control",
             "echo vfio-pci > /sys/bus/pci/devices/0000:03:00.0/driver_override",
             "echo 0000:03:00.0 > /sys/bus/pci/drivers/ixgbe/unbind",
             "echo 0000:03:00.0 > /sys/bus/pci/drivers_probe",
             "test \"$(basename \"$(readlink /sys/bus/pci/devices/0000:03:00.0/driver)\")\" = "
             "vfio-pci",
             "chown alice /dev/vfio/17",
             "[ ! -d /dev/vfio/devices ] || chown alice /dev/vfio/devices/$(ls "
             "/sys/bus/pci/devices/0000:03:00.0/vfio-dev)"}));
  EXPECT_EQ(driver_of(card), "ixgbe");
  EXPECT_EQ(text("driver_override"), "(null)");
  EXPECT_FALSE(is_there(machine.at("/run")));
}

TEST_F(Bind, UnbindGivesTheCardBackToItsDriver) {
  ASSERT_TRUE(bind_card(Owner{.name = "alice", .id = 1000}));
  kernel.written.clear();
  ASSERT_TRUE(unbind_card());
  EXPECT_EQ(driver_of(card), "ixgbe");
  EXPECT_EQ(kernel.written, (Words{file_of(card, "driver_override") + " cleared",
                                   "/sys/bus/pci/drivers/vfio-pci/unbind 0000:03:00.0",
                                   "/sys/bus/pci/drivers/ixgbe/bind 0000:03:00.0"}));
  EXPECT_EQ(kernel.owners.at("group 17"), "root");
  EXPECT_EQ(kernel.owners.at(card), "root");
  EXPECT_FALSE(recall(machine, card));
}

TEST_F(Bind, UnbindPutsAnOverrideBackThatWasThere) {
  write(file_of(card, "driver_override"), "ixgbe");
  ASSERT_TRUE(bind_card());
  ASSERT_TRUE(unbind_card());
  EXPECT_EQ(text("driver_override"), "ixgbe");
}

TEST_F(Bind, UnbindLeavesACardWithoutDriverThatHadNone) {
  std::filesystem::remove(machine.at(file_of(card, "driver")));
  kernel.natural_driver[card] = "ixgbe";
  ASSERT_TRUE(bind_card());
  ASSERT_TRUE(unbind_card());
  EXPECT_EQ(driver_of(card), "");
}

TEST_F(Bind, UnbindWithoutMemoryLetsTheKernelChoose) {
  kernel.natural_driver[card] = "ixgbe";
  set_driver(card, "vfio-pci");
  ASSERT_TRUE(unbind_card());
  EXPECT_EQ(driver_of(card), "ixgbe");
  EXPECT_EQ(kernel.written.back(), "/sys/bus/pci/drivers_probe 0000:03:00.0");
}

TEST_F(Bind, UnbindSaysWhichModuleIsMissing) {
  ASSERT_TRUE(bind_card());
  std::filesystem::remove_all(machine.at("/sys/bus/pci/drivers/ixgbe"));
  const auto unbound = unbind_card();
  ASSERT_FALSE(unbound);
  EXPECT_NE(unbound.error().remedy.find("modprobe ixgbe"), std::string::npos);
}

TEST_F(Bind, UnbindLeavesTheNodeOfAGroupThatIsStillBound) {
  add_card("0000:03:00.1");
  set_driver("0000:03:00.1", "vfio-pci");
  set_driver(card, "vfio-pci");
  ASSERT_TRUE(unbind_card());
  EXPECT_EQ(kernel.owners.at(card), "root");
  EXPECT_FALSE(kernel.owners.contains("group 17"));
}

TEST_F(Bind, UnbindOfWhatIsNotBoundIsAnError) {
  const auto unbound = unbind_card();
  ASSERT_FALSE(unbound);
  EXPECT_EQ(unbound.error().what, "0000:03:00.0 is not bound to vfio-pci: its driver is ixgbe");
}

TEST_F(Bind, UnbindDoesNotWaitForAProgramThatHasTheCard) {
  set_driver(card, "vfio-pci");
  write("/proc/1234/comm", "dpdk-testpmd");
  std::filesystem::create_directories(machine.at("/proc/1234/fd"));
  std::filesystem::create_symlink("/dev/vfio/17", machine.at("/proc/1234/fd/5"));
  const auto unbound = unbind_card();
  ASSERT_FALSE(unbound);
  EXPECT_EQ(unbound.error().what, "0000:03:00.0 is open in process 1234 (dpdk-testpmd)");
  EXPECT_TRUE(kernel.written.empty());
}

}  // namespace
}  // namespace bulkhead::bus
