// The files of sysfs are plain ones here: they keep what is written, and can be mapped as BARs can.
#include "bulkhead/bus/sysfs/sysfs_function.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/bus/vfio/sysfs_tree.hpp"

namespace bulkhead::sysfs {
namespace {

using bus::RegionId;

const std::string address = "0000:03:00.0";

class SysfsFunction : public testing::Test {
 protected:
  SysfsFunction() {
    tree.add_function(address, "", "");
    const auto folder = tree.folder(address);
    tree.write(folder / "resource",
               "0xfe000000 0xfe001fff 0x40200\n0 0 0\n0xc000 0xc01f 0x40101\n"
               "0xfe002100 0xfe00217f 0x40200");
    tree.write(folder / "resource0", std::string(8191, '\0'));
    tree.write(folder / "resource2", std::string(31, '\0'));
    tree.write(folder / "resource3", std::string(4095, '\0'));
    tree.write(folder / "enable", "0");
    write_config("\x86\x80\xfb\x10");
  }
  void write_config(std::string start) const {
    start.resize(255);
    tree.write(tree.folder(address) / "config", start);
  }
  [[nodiscard]] std::string content(const std::string& name) const {
    std::ifstream stream{tree.root() / tree.folder(address) / name, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
  }
  [[nodiscard]] Result<std::shared_ptr<bus::Function>> open() const {
    return sysfs::SysfsFunction::open(address, tree.root());
  }
  bus::SysfsTree tree;
};

TEST_F(SysfsFunction, IsEnabledAndTellsWhatItIs) {
  const auto function = open();
  ASSERT_TRUE(function) << function.error().message();
  EXPECT_EQ(content("enable").front(), '1');
  EXPECT_EQ((*function)->identity()->device, 0x10FB);
  EXPECT_EQ((*function)->region_size(RegionId::bar0), 8_KiB);
  EXPECT_EQ((*function)->region_size(RegionId::bar1), 0_B);
  EXPECT_EQ((*function)->region_size(RegionId::config), 256_B);
  EXPECT_EQ((*function)->interrupt_count(bus::InterruptKind::msix), 0U);
  EXPECT_EQ((*function)->placement(), memory::Placement::physical);
}

TEST_F(SysfsFunction, IsEnabledOnceHoweverOftenItIsOpened) {
  tree.write(tree.folder(address) / "enable", "2");
  EXPECT_TRUE(open());
  EXPECT_EQ(content("enable").front(), '2');
}

TEST_F(SysfsFunction, ReachesMemoryPortsAndConfigurationSpace) {
  const auto function = *open();
  for (const auto region : {RegionId::bar0, RegionId::bar2, RegionId::bar3, RegionId::config}) {
    ASSERT_TRUE(function->write32(region, 8, 0x12345678));
    EXPECT_EQ(*function->read32(region, 8), 0x12345678U);
  }
  EXPECT_EQ(content("resource0").substr(8, 4), "\x78\x56\x34\x12");
  EXPECT_EQ(content("resource2").substr(8, 4), "\x78\x56\x34\x12");
  EXPECT_EQ(content("resource3").substr(0x108, 4), "\x78\x56\x34\x12") << "it starts in its page";
  EXPECT_EQ(function->read32(RegionId::bar2, 32).error().code, ErrorCode::invalid_argument);
}

TEST_F(SysfsFunction, MapsPagesOfMemoryOnly) {
  const auto function = *open();
  const auto pages = function->map_bar(RegionId::bar0, 0x1010_B, 4_B);
  ASSERT_TRUE(pages) << pages.error().message();
  EXPECT_EQ(pages->offset, 4_KiB);
  EXPECT_EQ(pages->pages.size(), 4_KiB);
  EXPECT_EQ(function->map_bar(RegionId::bar2, 0_B, 4_B).error().code, ErrorCode::unsupported);
  EXPECT_EQ(function->map_bar(RegionId::bar1, 0_B, 4_B).error().code, ErrorCode::invalid_argument);
}

TEST_F(SysfsFunction, WantsMemoryAtKnownAddresses) {
  const auto memory = memory::Region::allocate("test", 2_MiB);
  ASSERT_TRUE(memory);
  const auto mapped = (*open())->map_dma(*memory);
  ASSERT_FALSE(mapped);
  EXPECT_EQ(mapped.error().code, ErrorCode::invalid_argument);
}

TEST_F(SysfsFunction, IsResetIfItCan) {
  const auto function = *open();
  EXPECT_EQ(function->reset().error().code, ErrorCode::unsupported);
  tree.write(tree.folder(address) / "reset");
  EXPECT_TRUE(function->reset());
  EXPECT_EQ(content("reset").front(), '1');
}

TEST_F(SysfsFunction, AnIommuGroupMeansVfio) {
  tree.add_function("0000:04:00.0", "", "17");
  const auto function = sysfs::SysfsFunction::open("0000:04:00.0", tree.root());
  ASSERT_FALSE(function);
  EXPECT_EQ(function.error().code, ErrorCode::unsupported);
}

TEST_F(SysfsFunction, AGroupWithoutAnIommuDoesNot) {
  tree.join_group(address, "0");
  tree.write("sys/kernel/iommu_groups/0/name", "vfio-noiommu");
  const auto function = open();
  EXPECT_TRUE(function) << function.error().message();
}

TEST_F(SysfsFunction, ADriverOfTheKernelKeepsIt) {
  tree.add_function("0000:04:00.0", "ixgbe", "");
  const auto function = sysfs::SysfsFunction::open("0000:04:00.0", tree.root());
  ASSERT_FALSE(function);
  EXPECT_EQ(function.error().code, ErrorCode::permission);
  EXPECT_NE(function.error().message().find("ixgbe"), std::string::npos);
}

TEST_F(SysfsFunction, OneThatIsGoneTellsItsPowerState) {
  write_config("\xff\xff\xff\xff");
  tree.write(tree.folder(address) / "power_state", "D3cold");
  const auto function = open();
  ASSERT_FALSE(function);
  EXPECT_EQ(function.error().code, ErrorCode::device_gone);
  EXPECT_NE(function.error().message().find("D3cold"), std::string::npos);
  EXPECT_EQ(content("enable").front(), '0') << "or it would not be woken the next time";
}

}  // namespace
}  // namespace bulkhead::sysfs
