#include "bulkhead/bus/group.hpp"

#include <gtest/gtest.h>

#include "tests/bus/made_up_machine.hpp"

namespace bulkhead::bus {
namespace {

class Group : public ::testing::Test, public MadeUpMachine {};

TEST_F(Group, HasItsMembers) {
  add_function("0000:03:00.0", "0x020000");
  set_driver("0000:03:00.0", "ixgbe");
  add_function("0000:00:01.0", "0x060400");
  put_into_group("0000:03:00.0", "17");
  put_into_group("0000:00:01.0", "17");
  const auto members = group_members(machine, "17");
  ASSERT_EQ(members.size(), 2U);
  EXPECT_TRUE(members.front().is_bridge());
  EXPECT_EQ(members.back().address, "0000:03:00.0");
  EXPECT_EQ(members.back().driver, "ixgbe");
}

TEST_F(Group, IsOpenedIfTheKernelDrivesNoneOfIt) {
  const auto lets = [](uint32_t class_code, const char* driver) {
    return GroupMember{.address = "", .class_code = class_code, .driver = driver}
        .lets_group_be_opened();
  };
  for (const auto* driver : {"", "vfio-pci", "mlx5_vfio_pci", "pci-stub"})
    EXPECT_TRUE(lets(0x020000, driver));
  for (const auto* driver : {"ixgbe", "uio_pci_generic"}) EXPECT_FALSE(lets(0x020000, driver));
  EXPECT_TRUE(lets(0x060400, "pcieport"));
  EXPECT_FALSE(lets(0x060100, "lpc_ich"));
}

TEST_F(Group, AFunctionHasANodeOfItsOwnWhereTheKernelHasSuch) {
  EXPECT_EQ(group_node("17"), "/dev/vfio/17");
  EXPECT_EQ(device_node(machine, "0000:03:00.0"), std::nullopt);
  make_folder(MadeUpMachine::file_of("0000:03:00.0", "vfio-dev/vfio3"));
  EXPECT_EQ(device_node(machine, "0000:03:00.0"), std::nullopt);  // Linux 6.1
  write("/dev/vfio/devices/vfio3", "");
  EXPECT_EQ(device_node(machine, "0000:03:00.0"), "/dev/vfio/devices/vfio3");
}

}  // namespace
}  // namespace bulkhead::bus
