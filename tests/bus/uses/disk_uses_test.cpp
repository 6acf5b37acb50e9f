#include "bulkhead/bus/uses/disk_uses.hpp"

#include <gtest/gtest.h>

#include "bulkhead/bus/discovery.hpp"

#include "tests/bus/made_up_machine.hpp"

namespace bulkhead::bus {
namespace {

class DiskUses : public ::testing::Test, public MadeUpMachine {
 protected:
  static constexpr const char* address = "0000:04:00.0";
  DiskUses() { add_function(address, "0x010802"); }

  [[nodiscard]] static std::string controller() { return file_of(address, "nvme/nvme0"); }
  void add_disk(const std::string& name, const std::string& number) const {
    write(controller() + "/" + name + "/dev", number);
  }
  [[nodiscard]] std::vector<std::string> uses(const std::string& function = address) const {
    std::vector<std::string> words;
    for (const auto& use : uses_of(machine, machine.at("/sys/bus/pci/devices") / function))
      words.push_back(use.what);
    return words;
  }
};

using Words = std::vector<std::string>;

TEST_F(DiskUses, ADiskThatNobodyUsesHasNone) {
  add_disk("nvme0n1", "259:0");
  EXPECT_EQ(uses(), Words{});
}

TEST_F(DiskUses, MountsAndHoldersAreUses) {
  add_disk("nvme0n1", "259:0");
  add_disk("nvme0n1/nvme0n1p1", "259:1");
  add_disk("nvme0n1/nvme0n1p2", "259:2");
  make_folder(controller() + "/nvme0n1/nvme0n1p2/holders/dm-0");
  write("/proc/self/mountinfo", "22 1 259:1 / /home rw - ext4 /dev/nvme0n1p1 rw");
  EXPECT_EQ(uses(), (Words{"nvme0n1p1 is mounted at /home", "nvme0n1p2 is part of dm-0"}));
}

TEST_F(DiskUses, WhatIsMadeOfADiskIsTold) {
  add_disk("nvme0n1", "259:0");
  make_folder(controller() + "/nvme0n1/holders/md0");
  write("/sys/class/block/md0/dev", "9:0");
  write("/sys/class/block/md0/md/level", "raid1");
  make_folder("/sys/class/block/md0/holders/dm-0");
  write("/sys/class/block/dm-0/dm/name", "vg0-root");
  write("/sys/class/block/dm-0/dm/uuid", "LVM-abcdef");
  write("/sys/class/block/dm-0/dev", "253:0");
  write("/proc/self/mountinfo", "22 1 253:0 / / rw - ext4 /dev/mapper/vg0-root rw");
  EXPECT_EQ(uses(), (Words{"nvme0n1 is part of md0 (RAID raid1)",
                           "md0 is part of dm-0 (LVM vg0-root)", "dm-0 is mounted at /"}));
}

TEST_F(DiskUses, SwapSpaceIsAUse) {
  add_disk("nvme0n1", "259:0");
  add_disk("nvme0n1/nvme0n1p3", "259:3");
  write("/proc/swaps", "Filename Type Size Used Priority\n/dev/nvme0n1p3 partition 8388604 0 -2");
  EXPECT_EQ(uses(), Words{"nvme0n1p3 is swap space"});
}

TEST_F(DiskUses, AMountThatOnlyItsSourceTellsIsAUse) {
  add_disk("nvme0n1", "259:0");
  add_disk("nvme0n2", "259:1");
  add_disk("nvme0n3", "259:2");
  add_disk("nvme0n4", "259:3");
  link("/dev/disk/label", "/dev/nvme0n2");
  make_folder("/sys/fs/btrfs/1234/devices/nvme0n3");
  write("/proc/self/mountinfo",
        "22 1 0:35 /sub /home rw,noatime shared:1 - btrfs /dev/nvme0n1 rw\n"
        "23 1 0:36 / /data rw - btrfs /dev/disk/label rw\n"
        "24 1 0:37 / /tmp rw - tmpfs nvme0n4 rw");
  EXPECT_EQ(uses(), (Words{"nvme0n1 is mounted at /home", "nvme0n2 is mounted at /data",
                           "nvme0n3 is part of a mounted btrfs"}));
}

TEST_F(DiskUses, ADiskBelowTheSubsystemIsAUseOfEachOfItsControllers) {
  const std::string subsystem = "/sys/class/nvme-subsystem/nvme-subsys0/";
  write(subsystem + "nvme0n1/dev", "259:0");
  for (const auto* number : {"0", "1", "2"}) {
    const std::string function = std::string{"0000:05:00."} + number;
    const std::string name = std::string{"nvme"} + number;
    add_function(function, "0x010802");
    write(file_of(function, "nvme/" + name + "/dev"), std::string{"240:"} + number);
    if (name != "nvme2") link(subsystem + name, file_of(function, "nvme/" + name));
  }
  write("/proc/self/mountinfo",
        "22 1 259:0 / /srv rw - ext4 /dev/nvme0n1 rw\n"
        "23 1 240:0 / /no rw - ext4 /dev/other rw");
  EXPECT_EQ(uses("0000:05:00.0"), Words{"nvme0n1 is mounted at /srv"});
  EXPECT_EQ(uses("0000:05:00.1"), Words{"nvme0n1 is mounted at /srv"});
  EXPECT_EQ(uses("0000:05:00.2"), Words{});
}

TEST_F(DiskUses, AClaimThatNothingElseExplainsIsAUse) {
  add_disk("nvme0n1", "259:0");
  machine.is_claimed = [](const auto& device) { return device.filename() == "nvme0n1"; };
  EXPECT_EQ(uses(), Words{"nvme0n1 is claimed, by ZFS or a mount in another namespace"});
  write("/proc/swaps", "/dev/nvme0n1 partition 8388604 0 -2");
  EXPECT_EQ(uses(), Words{"nvme0n1 is swap space"});
}

}  // namespace
}  // namespace bulkhead::bus
