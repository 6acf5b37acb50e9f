#include "bulkhead/bus/discovery.hpp"

#include <gtest/gtest.h>

#include "tests/bus/made_up_machine.hpp"

namespace bulkhead::bus {
namespace {

class Discovery : public ::testing::Test, public MadeUpMachine {};

TEST_F(Discovery, WithoutSysfsSaysSo) {
  const auto functions = discover(machine);
  ASSERT_FALSE(functions);
  EXPECT_EQ(functions.error().code, ErrorCode::not_found);
}

TEST_F(Discovery, AMachineWithoutPciHasAnEmptyList) {
  make_folder("/sys/bus");
  const auto functions = discover(machine);
  ASSERT_TRUE(functions);
  EXPECT_TRUE(functions->empty());
}

TEST_F(Discovery, TellsDriverGroupAndKind) {
  add_function("0000:04:00.0", "0x010802");
  add_function("0000:03:00.0", "0x020000");
  set_driver("0000:03:00.0", "ixgbe");
  put_into_group("0000:03:00.0", "17");
  write(file_of("0000:03:00.0", "net/eth0/flags"), "0x1002");
  write(file_of("0000:03:00.0", "power_state"), "D3hot");
  const auto functions = discover(machine);
  ASSERT_TRUE(functions);
  ASSERT_EQ(functions->size(), 2U);
  const auto& first = functions->front();
  EXPECT_EQ(first.address, "0000:03:00.0");
  EXPECT_EQ(first.identity.device, 0x10FB);
  EXPECT_EQ(first.driver, "ixgbe");
  EXPECT_EQ(first.iommu_group, "17");
  EXPECT_TRUE(first.is_network());
  EXPECT_TRUE(first.uses.empty());
  EXPECT_TRUE(first.sleeps());
  EXPECT_TRUE(functions->back().is_nvme());
  EXPECT_EQ(functions->back().driver, "");
  EXPECT_FALSE(functions->back().sleeps());
}

TEST_F(Discovery, AFunctionIsFoundByItsLongAndItsShortName) {
  add_function("0000:0a:00.0", "0x020000");
  for (const auto* name : {"0000:0a:00.0", "0a:00.0", "0A:00.0"}) {
    const auto function = find_function(machine, name);
    ASSERT_TRUE(function) << name;
    EXPECT_EQ(function->address, "0000:0a:00.0");
  }
}

TEST_F(Discovery, AFunctionThatIsNamedTwiceIsFoundOnce) {
  for (const auto* address : {"0000:0a:00.0", "0000:03:00.0"}) add_function(address, "0x020000");
  const auto functions =
      find_functions(machine, std::vector<std::string>{"0A:00.0", "03:00.0", "0000:0a:00.0"});
  ASSERT_TRUE(functions);
  ASSERT_EQ(functions->size(), 2U);
  EXPECT_EQ(functions->front().address, "0000:0a:00.0");
  EXPECT_EQ(functions->back().address, "0000:03:00.0");
}

TEST_F(Discovery, AFunctionThatIsNotThereIsNotFound) {
  EXPECT_EQ(find_function(machine, "03:00.0").error().code, ErrorCode::not_found);
}

TEST_F(Discovery, WhatIsNoAddressIsNotLookedFor) {
  write("/sys/bus/pci/devices/../../../etc/passwd", "");
  for (const auto* name : {"", "eth0", "../../../etc/passwd", "0000:03:00.0/..", "3:0.0", "03:00"})
    EXPECT_EQ(find_function(machine, name).error().code, ErrorCode::invalid_argument) << name;
}

}  // namespace
}  // namespace bulkhead::bus
