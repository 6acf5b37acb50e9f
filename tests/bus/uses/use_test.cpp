#include "bulkhead/bus/uses/use.hpp"

#include <gtest/gtest.h>

#include "tests/bus/made_up_machine.hpp"

namespace bulkhead::bus {
namespace {

class Uses : public ::testing::Test, public MadeUpMachine {
 protected:
  [[nodiscard]] std::vector<std::string> of(const std::string& address) const {
    std::vector<std::string> words;
    for (const auto& use : uses_of(machine, machine.at("/sys/bus/pci/devices") / address))
      words.push_back(use.what);
    return words;
  }
};

using Words = std::vector<std::string>;

TEST_F(Uses, DevicesBetweenFunctionAndDiskAreLookedThrough) {
  add_function("0000:00:1f.2", "0x010601");
  write(file_of("0000:00:1f.2", "ata1/host0/target0:0:0/0:0:0:0/block/sda/dev"), "8:0");
  write("/proc/self/mountinfo", "22 1 8:0 / / rw - ext4 /dev/sda rw");
  add_function("0000:00:03.0", "0x020000");
  write(file_of("0000:00:03.0", "virtio0/net/eth0/flags"), "0x1003");
  EXPECT_EQ(of("0000:00:1f.2"), Words{"sda is mounted at /"});
  EXPECT_EQ(of("0000:00:03.0"), Words{"eth0 is up"});
}

TEST_F(Uses, ABridgeIsNotUsedForWhatLiesBehindIt) {
  add_function("0000:00:01.0", "0x060400");
  write(file_of("0000:00:01.0", "0000:01:00.0/vendor"), "0x8086");
  write(file_of("0000:00:01.0", "0000:01:00.0/config"), "");
  write(file_of("0000:00:01.0", "0000:01:00.0/net/eth0/flags"), "0x1003");
  EXPECT_EQ(of("0000:00:01.0"), Words{});
}

TEST_F(Uses, VirtualFunctionsAreAUse) {
  add_function("0000:03:00.0", "0x020000");
  write(file_of("0000:03:00.0", "sriov_numvfs"), "0");
  EXPECT_EQ(of("0000:03:00.0"), Words{});
  write(file_of("0000:03:00.0", "sriov_numvfs"), "8");
  EXPECT_EQ(of("0000:03:00.0"), Words{"it has 8 virtual functions"});
}

TEST_F(Uses, AnInterfaceThatIsNotSeenMayBeElsewhere) {
  add_function("0000:03:00.0", "0x020000");
  for (const auto* driver : {"vfio-pci", "mlx5_vfio_pci", "igb_uio"}) {
    set_driver("0000:03:00.0", driver);
    EXPECT_EQ(of("0000:03:00.0"), Words{}) << driver;
  }
  set_driver("0000:03:00.0", "ixgbe");
  EXPECT_EQ(of("0000:03:00.0"),
            Words{"the interface of its driver ixgbe is not in this network namespace"});
  write(file_of("0000:03:00.0", "net/eth0/flags"), "0x1002");
  EXPECT_EQ(of("0000:03:00.0"), Words{});
}

}  // namespace
}  // namespace bulkhead::bus
