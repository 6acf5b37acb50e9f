#include <gtest/gtest.h>

#include "bulkhead/bus/bind/bind.hpp"

#include "tests/bus/bind/fake_kernel.hpp"

namespace bulkhead::bus {
namespace {

class BindChecks : public ::testing::Test, public MachineWithCard {
 protected:
  [[nodiscard]] PciFunction function(const std::string& address = card) const {
    return find_function(machine, address).value();
  }
  /// The message of the refusal, empty if there is none.
  [[nodiscard]] std::string refusal(const std::vector<std::string>& addresses) const {
    std::vector<PciFunction> functions;
    for (const auto& address : addresses) functions.push_back(function(address));
    const auto possible = check_possible(machine, functions);
    return possible ? "" : possible.error().message();
  }
};

TEST_F(BindChecks, OnlyRootMay) {
  EXPECT_TRUE(require_root(machine));
  set_user(1000);
  const auto refused = require_root(machine);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::permission);
  EXPECT_NE(refused.error().remedy.find("sudo"), std::string::npos);
}

TEST_F(BindChecks, ACardAloneInItsGroupIsFine) {
  EXPECT_EQ(refusal({card}), "");
}

TEST_F(BindChecks, ABridgeIsRefused) {
  add_function("0000:00:01.0", "0x060400");
  EXPECT_EQ(refusal({"0000:00:01.0"}), "0000:00:01.0 is a bridge (bind the functions behind it)");
}

TEST_F(BindChecks, ACardWithoutAGroupIsRefused) {
  std::filesystem::remove(machine.at(file_of(card, "iommu_group")));
  EXPECT_NE(refusal({card}).find("has no IOMMU group"), std::string::npos);
  EXPECT_NE(refusal({card}).find("bulkhead doctor"), std::string::npos);
}

TEST_F(BindChecks, AGroupWithoutAnIommuIsRefused) {
  write("/sys/kernel/iommu_groups/17/name", "vfio-noiommu");
  EXPECT_NE(refusal({card}).find("a group without an IOMMU"), std::string::npos);
}

TEST_F(BindChecks, OtherFunctionsThatTheKernelDrivesAreNamed) {
  add_card("0000:03:00.1");
  EXPECT_EQ(
      refusal({card}),
      "0000:03:00.0 shares IOMMU group 17 with 0000:03:00.1 (ixgbe), which the kernel drives: "
      "the group goes to user space as a whole or not at all (bind all of them, if you can do "
      "without: bulkhead bind 0000:03:00.0 0000:03:00.1; or put the card into another slot)");
}

TEST_F(BindChecks, AGroupIsBoundAsAWhole) {
  add_card("0000:03:00.1");
  EXPECT_EQ(refusal({card, "0000:03:00.1"}), "");
}

TEST_F(BindChecks, BridgesAndFunctionsThatTheKernelDoesNotDriveAreFine) {
  add_function("0000:00:01.0", "0x060400");
  set_driver("0000:00:01.0", "pcieport");
  add_function("0000:03:00.1", "0x020000");
  add_function("0000:03:00.2", "0x020000");
  set_driver("0000:03:00.2", "vfio-pci");
  for (const auto* address : {"0000:00:01.0", "0000:03:00.1", "0000:03:00.2"})
    put_into_group(address, "17");
  EXPECT_EQ(refusal({card}), "");
}

TEST_F(BindChecks, AnInterfaceThatIsOnlyUpIsFree) {
  write(file_of(card, "net/eth0/flags"), "0x1003");
  EXPECT_FALSE(function().uses.empty());
  EXPECT_TRUE(check_free(function()));
}

TEST_F(BindChecks, WhatWouldLoseSomethingIsRefusedAndNamed) {
  write(file_of(card, "net/eth0/flags"), "0x1003");
  write("/proc/net/route", "eth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0");
  machine.addresses = {{"eth0", "192.0.2.2"}};
  const auto refused = check_free(function());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "0000:03:00.0 is in use: eth0 is up with address 192.0.2.2; eth0 has the default route "
            "(take it out of use first; --force would lose connections to 192.0.2.2, the default "
            "route)");
}

TEST_F(BindChecks, ADiskWithAMountIsRefused) {
  add_function("0000:04:00.0", "0x010802");
  write(file_of("0000:04:00.0", "nvme/nvme0/nvme0n1/dev"), "259:0");
  EXPECT_TRUE(check_free(function("0000:04:00.0")));
  write("/proc/self/mountinfo", "22 1 259:0 / /home rw - ext4 /dev/nvme0n1 rw");
  const auto refused = check_free(function("0000:04:00.0"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("nvme0n1 is mounted at /home"), std::string::npos);
}

}  // namespace
}  // namespace bulkhead::bus
