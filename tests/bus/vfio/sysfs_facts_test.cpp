#include "bulkhead/bus/vfio/sysfs_facts.hpp"

#include <gtest/gtest.h>

#include "tests/bus/vfio/sysfs_tree.hpp"

namespace bulkhead::vfio {
namespace {

const std::string nic = "0000:03:00.0";

class VfioSysfsFacts : public testing::Test {
 protected:
  [[nodiscard]] Error refusal() const { return look_up(nic, tree.root()).error(); }
  bus::SysfsTree tree;
};

TEST_F(VfioSysfsFacts, TellGroupAndCharacterDevice) {
  tree.add_function(nic, "vfio-pci", "17");
  EXPECT_EQ(look_up(nic, tree.root())->iommu_group, "17");
  EXPECT_EQ(look_up(nic, tree.root())->character_device, "");
  tree.write(tree.folder(nic) / "vfio-dev/vfio3/dev", "511:3");
  EXPECT_EQ(look_up(nic, tree.root())->character_device, "vfio3");
}

TEST_F(VfioSysfsFacts, AFunctionThatIsNotThereIsNotFound) {
  EXPECT_EQ(refusal().code, ErrorCode::not_found);
}

TEST_F(VfioSysfsFacts, WithoutAnIommuGroupTheDoctorIsAsked) {
  tree.add_function(nic, "vfio-pci", "");
  EXPECT_EQ(refusal().code, ErrorCode::unsupported);
  EXPECT_NE(refusal().message().find("bulkhead doctor"), std::string::npos);
}

TEST_F(VfioSysfsFacts, AGroupWithoutAnIommuIsNone) {
  tree.add_function(nic, "vfio-pci", "0");
  tree.write("sys/kernel/iommu_groups/0/name", "vfio-noiommu");
  EXPECT_EQ(refusal().code, ErrorCode::unsupported);
  EXPECT_NE(refusal().message().find("a group without an IOMMU"), std::string::npos);
}

TEST_F(VfioSysfsFacts, AnotherDriverIsNamed) {
  tree.add_function(nic, "ixgbe", "17");
  EXPECT_EQ(refusal().code, ErrorCode::permission);
  EXPECT_NE(refusal().message().find("driver ixgbe has it"), std::string::npos);
  EXPECT_NE(refusal().message().find("bulkhead bind 0000:03:00.0"), std::string::npos);
}

TEST_F(VfioSysfsFacts, WithoutADriverItIsGivenToVfio) {
  tree.add_function(nic, "", "17");
  EXPECT_NE(refusal().message().find("no driver is bound"), std::string::npos);
}

TEST_F(VfioSysfsFacts, AVariantOfVfioPciWillDo) {
  tree.add_function(nic, "mlx5_vfio_pci", "17");
  EXPECT_TRUE(look_up(nic, tree.root()));
}

TEST_F(VfioSysfsFacts, OthersInTheGroupAreTheKernelsOrVfios) {
  tree.add_function(nic, "vfio-pci", "17");
  tree.add_function("0000:03:00.1", "ixgbe", "17");
  tree.add_function("0000:03:00.2", "vfio-pci", "17");
  tree.add_function("0000:03:00.3", "", "17");
  tree.add_function("0000:00:01.0", "pcieport", "17");
  tree.write(tree.folder("0000:00:01.0") / "class", "0x060400");
  const auto companions = companions_in_group(*look_up(nic, tree.root()));
  ASSERT_EQ(companions.size(), 1U);
  EXPECT_EQ(companions.front().address, "0000:03:00.2");
  const auto others = others_in_group(*look_up(nic, tree.root()));
  ASSERT_EQ(others.size(), 1U);
  EXPECT_EQ(others.front().address, "0000:03:00.1");
  EXPECT_EQ(others.front().driver, "ixgbe");
}

}  // namespace
}  // namespace bulkhead::vfio
