#include "bulkhead/bus/discovery.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/bus/vfio_user/temporary_folder.hpp"

namespace bulkhead::bus {
namespace {

namespace fs = std::filesystem;

/// A made-up /sys and /proc.
class Discovery : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path root() const { return folder_.path("root"); }
  void write(const fs::path& file, const std::string& text) const {
    fs::create_directories((root() / file).parent_path());
    std::ofstream{root() / file} << text << '\n';
  }
  void add_function(const std::string& address, const std::string& class_code) const {
    const fs::path function = fs::path{"sys/bus/pci/devices"} / address;
    write(function / "vendor", "0x8086");
    write(function / "device", "0x10fb");
    write(function / "class", class_code);
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(Discovery, WithoutSysfsSaysSo) {
  const auto functions = discover(root());
  ASSERT_FALSE(functions);
  EXPECT_EQ(functions.error().code, ErrorCode::not_found);
}

TEST_F(Discovery, AMachineWithoutPciHasAnEmptyList) {
  fs::create_directories(root() / "sys/bus");
  const auto functions = discover(root());
  ASSERT_TRUE(functions);
  EXPECT_TRUE(functions->empty());
}

TEST_F(Discovery, TellsDriverGroupAndKind) {
  add_function("0000:04:00.0", "0x010802");
  add_function("0000:03:00.0", "0x020000");
  const fs::path nic = root() / "sys/bus/pci/devices/0000:03:00.0";
  fs::create_directory_symlink("../../../bus/pci/drivers/ixgbe", nic / "driver");
  fs::create_directory_symlink("../../../kernel/iommu_groups/17", nic / "iommu_group");
  const auto functions = discover(root());
  ASSERT_TRUE(functions);
  ASSERT_EQ(functions->size(), 2U);
  const auto& first = functions->front();
  EXPECT_EQ(first.address, "0000:03:00.0");
  EXPECT_EQ(first.identity.device, 0x10FB);
  EXPECT_EQ(first.driver, "ixgbe");
  EXPECT_EQ(first.iommu_group, "17");
  EXPECT_TRUE(first.is_network());
  EXPECT_TRUE(first.uses.empty());
  EXPECT_TRUE(functions->back().is_nvme());
  EXPECT_EQ(functions->back().driver, "");
}

TEST_F(Discovery, AnInterfaceThatIsUpIsAUse) {
  add_function("0000:03:00.0", "0x020000");
  write("sys/bus/pci/devices/0000:03:00.0/net/eth0/flags", "0x1003");
  write("sys/bus/pci/devices/0000:03:00.0/net/eth1/flags", "0x1002");
  const auto functions = discover(root());
  ASSERT_TRUE(functions);
  EXPECT_EQ(functions->front().uses, std::vector<std::string>{"eth0 is up"});
}

TEST_F(Discovery, MountsAndHoldersOfADiskAreUses) {
  add_function("0000:04:00.0", "0x010802");
  const fs::path disk = "sys/bus/pci/devices/0000:04:00.0/nvme/nvme0/nvme0n1";
  write(disk / "dev", "259:0");
  write(disk / "nvme0n1p1/dev", "259:1");
  write(disk / "nvme0n1p2/dev", "259:2");
  fs::create_directories(root() / disk / "nvme0n1p2/holders/dm-0");
  write("proc/self/mountinfo", "22 1 259:1 / /home rw - ext4 /dev/nvme0n1p1 rw");
  const auto functions = discover(root());
  ASSERT_TRUE(functions);
  EXPECT_EQ(functions->front().uses, (std::vector<std::string>{"nvme0n1p1 is mounted at /home",
                                                               "nvme0n1p2 is part of dm-0"}));
}

}  // namespace
}  // namespace bulkhead::bus
