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

TEST_F(Discovery, SwapSpaceIsAUse) {
  add_function("0000:04:00.0", "0x010802");
  const fs::path disk = "sys/bus/pci/devices/0000:04:00.0/nvme/nvme0/nvme0n1";
  write(disk / "dev", "259:0");
  write(disk / "nvme0n1p3/dev", "259:3");
  write("proc/swaps", "Filename Type Size Used Priority\n/dev/nvme0n1p3 partition 8388604 0 -2");
  const auto functions = discover(root());
  ASSERT_TRUE(functions);
  EXPECT_EQ(functions->front().uses, std::vector<std::string>{"nvme0n1p3 is swap space"});
}

TEST_F(Discovery, AMountThatOnlyItsSourceTellsIsAUse) {
  add_function("0000:04:00.0", "0x010802");
  const fs::path controller = "sys/bus/pci/devices/0000:04:00.0/nvme/nvme0";
  write(controller / "nvme0n1/dev", "259:0");
  write(controller / "nvme0n2/dev", "259:1");
  write(controller / "nvme0n3/dev", "259:2");
  write(controller / "nvme0n4/dev", "259:3");
  fs::create_directories(root() / "dev/disk");
  fs::create_symlink("../nvme0n2", root() / "dev/disk/label");
  fs::create_directories(root() / "sys/fs/btrfs/1234/devices/nvme0n3");
  write("proc/self/mountinfo",
        "22 1 0:35 /sub /home rw,noatime shared:1 - btrfs /dev/nvme0n1 rw\n"
        "23 1 0:36 / /data rw - btrfs /dev/disk/label rw\n"
        "24 1 0:37 / /tmp rw - tmpfs nvme0n4 rw");
  const auto functions = discover(root());
  ASSERT_TRUE(functions);
  EXPECT_EQ(functions->front().uses,
            (std::vector<std::string>{"nvme0n1 is mounted at /home", "nvme0n2 is mounted at /data",
                                      "nvme0n3 is part of a mounted btrfs"}));
}

TEST_F(Discovery, ADiskBelowTheSubsystemIsAUseOfEachOfItsControllers) {
  for (const auto* address : {"0000:04:00.0", "0000:05:00.0", "0000:06:00.0"})
    add_function(address, "0x010802");
  const fs::path devices = "sys/bus/pci/devices";
  write(devices / "0000:04:00.0/nvme/nvme0/dev", "240:0");
  write(devices / "0000:05:00.0/nvme/nvme1/dev", "240:1");
  write(devices / "0000:06:00.0/nvme/nvme2/dev", "240:2");
  const fs::path subsystem = "sys/class/nvme-subsystem/nvme-subsys0";
  write(subsystem / "nvme0n1/dev", "259:0");
  for (const auto* link : {"0000:04:00.0/nvme/nvme0", "0000:05:00.0/nvme/nvme1"})
    fs::create_directory_symlink(root() / devices / link,
                                 root() / subsystem / fs::path{link}.filename());
  write("proc/self/mountinfo",
        "22 1 259:0 / /srv rw - ext4 /dev/nvme0n1 rw\n"
        "23 1 240:0 / /no rw - ext4 /dev/other rw");
  const auto functions = discover(root());
  ASSERT_TRUE(functions);
  ASSERT_EQ(functions->size(), 3U);
  const std::vector<std::string> mounted{"nvme0n1 is mounted at /srv"};
  EXPECT_EQ(functions->at(0).uses, mounted);
  EXPECT_EQ(functions->at(1).uses, mounted);
  EXPECT_TRUE(functions->at(2).uses.empty());
}

}  // namespace
}  // namespace bulkhead::bus
