// How opening fails; an open function is tested in a guest.
#include "bulkhead/bus/vfio/vfio_function.hpp"

#include <gtest/gtest.h>

#include "tests/bus/vfio/sysfs_tree.hpp"

namespace bulkhead::vfio {
namespace {

TEST(VfioFunction, IsRefusedByWhatSysfsSays) {
  const bus::SysfsTree tree;
  tree.add_function("0000:03:00.0", "ixgbe", "17");
  EXPECT_EQ(VfioFunction::open("0000:03:00.0", tree.root()).error().code, ErrorCode::permission);
  EXPECT_EQ(VfioFunction::open("0000:04:00.0", tree.root()).error().code, ErrorCode::not_found);
}

TEST(VfioFunction, IsNotFoundWithoutVfio) {
  const bus::SysfsTree tree;
  tree.add_function("0000:03:00.0", "vfio-pci", "17");
  const auto function = VfioFunction::open("0000:03:00.0", tree.root());
  ASSERT_FALSE(function);
  EXPECT_EQ(function.error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace bulkhead::vfio
