#include "bulkhead/bus/user_space_drivers.hpp"

#include <gtest/gtest.h>

namespace bulkhead::bus {
namespace {

TEST(UserSpaceDrivers, OfVfioAreVfioPciAndItsVariants) {
  for (const auto* driver : {"vfio-pci", "mlx5_vfio_pci", "hisi_acc_vfio_pci"}) {
    EXPECT_TRUE(is_vfio_driver(driver)) << driver;
    EXPECT_TRUE(is_for_user_space(driver)) << driver;
  }
  for (const auto* driver : {"", "ixgbe", "vfio", "pci-stub", "igb_uio"})
    EXPECT_FALSE(is_vfio_driver(driver)) << driver;
}

TEST(UserSpaceDrivers, OthersLeaveAFunctionToAProcessToo) {
  for (const auto* driver : {"pci-stub", "igb_uio", "uio_pci_generic"})
    EXPECT_TRUE(is_for_user_space(driver)) << driver;
  for (const auto* driver : {"", "ixgbe", "virtio-pci", "pcieport"})
    EXPECT_FALSE(is_for_user_space(driver)) << driver;
}

}  // namespace
}  // namespace bulkhead::bus
