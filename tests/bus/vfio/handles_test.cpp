// Which nodes are opened. The nodes here are plain files: the first ioctl fails, and its error
// tells how far it went. What real ones answer is tested in a guest.
#include "bulkhead/bus/vfio/handles.hpp"

#include <gtest/gtest.h>

#include "tests/bus/vfio/sysfs_tree.hpp"

namespace bulkhead::vfio {
namespace {

class VfioHandles : public testing::Test {
 protected:
  VfioHandles() { tree.add_function("0000:03:00.0", "vfio-pci", "17"); }
  [[nodiscard]] std::string refusal() const {
    return open_handles(*look_up("0000:03:00.0", tree.root())).error().message();
  }
  [[nodiscard]] bool refusal_says(const std::string& text) const {
    return refusal().find(text) != std::string::npos;
  }
  void add_character_device() const {
    tree.write("dev/iommu");
    tree.write("dev/vfio/devices/vfio3");
    tree.write(tree.folder("0000:03:00.0") / "vfio-dev/vfio3/dev");
  }
  bus::SysfsTree tree;
};

TEST_F(VfioHandles, WithoutVfioTheModuleIsMissed) {
  EXPECT_TRUE(refusal_says("/dev/vfio/vfio: No such file")) << refusal();
  EXPECT_TRUE(refusal_says("modprobe vfio-pci"));
}

TEST_F(VfioHandles, WithoutACharacterDeviceTheContainerIsAsked) {
  tree.write("dev/vfio/vfio");
  tree.write("dev/vfio/17");
  EXPECT_TRUE(refusal_says("no type 1 IOMMU")) << refusal();
}

TEST_F(VfioHandles, TheCharacterDeviceComesFirst) {
  add_character_device();
  tree.write("dev/vfio/vfio");
  tree.write("dev/vfio/17");
  EXPECT_TRUE(refusal_says("0000:03:00.0: making an address space")) << refusal();
}

TEST_F(VfioHandles, WithoutItsNodeTheGroupIsTaken) {
  add_character_device();
  std::filesystem::remove(tree.root() / "dev/vfio/devices/vfio3");
  EXPECT_TRUE(refusal_says("/dev/vfio/devices/vfio3")) << refusal();
  tree.write("dev/vfio/vfio");
  tree.write("dev/vfio/17");
  EXPECT_TRUE(refusal_says("no type 1 IOMMU")) << refusal();
}

}  // namespace
}  // namespace bulkhead::vfio
