#include "bulkhead/bus/vfio/explain.hpp"

#include <cerrno>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/bus/vfio/sysfs_tree.hpp"

namespace bulkhead::vfio {
namespace {

const std::string address = "0000:03:00.0";

bool says(const Error& error, const std::string& text) {
  return error.message().find(text) != std::string::npos;
}

TEST(VfioExplain, ANodeOfAnotherUserIsNamedWithTheCommandThatGivesIt) {
  const auto error = explain_open(EACCES, address, "/dev/vfio/17");
  EXPECT_EQ(error.code, ErrorCode::permission);
  EXPECT_TRUE(says(error, "/dev/vfio/17"));
  EXPECT_TRUE(says(error, "bulkhead bind 0000:03:00.0 --user"));
}

TEST(VfioExplain, ANodeOfAllFunctionsIsOpenedForEverybody) {
  for (const std::string node : {"/dev/iommu", "/dev/vfio/vfio"}) {
    const auto error = explain_open(EACCES, address, node);
    EXPECT_EQ(error.code, ErrorCode::permission);
    EXPECT_EQ(error.remedy, "sudo chmod 0666 " + node);
  }
}

TEST(VfioExplain, ANodeThatIsMissingMeansNoVfio) {
  const auto error = explain_open(ENOENT, address, "/dev/vfio/vfio");
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_TRUE(says(error, "modprobe vfio-pci"));
}

TEST(VfioExplain, ABusyNodeIsInUse) {
  EXPECT_TRUE(says(explain_open(EBUSY, address, "/dev/vfio/17"), "another process"));
  EXPECT_TRUE(says(explain_attach(EBUSY, address, {}), "a process has it"));
}

TEST(VfioExplain, WithoutInterruptRemappingTheIommuRefuses) {
  EXPECT_TRUE(says(explain_attach(EPERM, address, {}), "interrupt remapping"));
  EXPECT_FALSE(says(explain_attach(EINVAL, address, {}), "interrupt"));
}

TEST(VfioExplain, AFunctionOfTheGroupThatIsOpenMayBeTheReason) {
  EXPECT_FALSE(says(explain_attach(EPERM, address, {}), "is open"));
  const auto error = explain_attach(
      EPERM, address, {{.address = "0000:03:00.1", .class_code = 0x020000, .driver = "vfio-pci"}});
  EXPECT_TRUE(says(error, "0000:03:00.1 of its IOMMU group is open"));
  EXPECT_TRUE(says(error, "interrupt remapping"));
}

TEST(VfioExplain, AGroupThatIsNotViableNamesItsOtherFunctions) {
  const auto error = explain_group(
      address, "17", {{.address = "0000:03:00.1", .class_code = 0x020000, .driver = "ixgbe"}});
  EXPECT_EQ(error.code, ErrorCode::permission);
  EXPECT_TRUE(says(error, "group 17: 0000:03:00.1 (ixgbe)"));
}

TEST(VfioExplain, TooLittleLockedMemoryTellsTheNumbers) {
  const auto error =
      explain_map(ENOMEM, 4_MiB, {.limit = uint64_t{8} << 20U, .locked = uint64_t{5} << 20U});
  EXPECT_EQ(error.code, ErrorCode::no_memory);
  EXPECT_TRUE(says(error, "may lock 8192 KiB of memory and has locked 5120 KiB"));
  EXPECT_TRUE(says(error, "needs 9216 KiB for this"));
  EXPECT_TRUE(says(error, "bulkhead doctor"));
  EXPECT_TRUE(says(error, "ulimit -l"));
}

TEST(VfioExplain, OtherRefusalsDoNotBlameTheLimit) {
  EXPECT_FALSE(says(explain_map(EINVAL, 4_MiB, {.limit = 0, .locked = 0}), "ulimit"));
  EXPECT_FALSE(says(explain_map(ENOMEM, 4_MiB, {.limit = {}, .locked = 0}), "ulimit"));
}

TEST(VfioExplain, TheLimitAndItsUseAreThisProcesss) {
  const bus::SysfsTree tree;
  tree.write("proc/self/status", "VmPeak:\t  1000 kB\nVmLck:\t     64 kB\nVmPin:\t 7 kB");
  const auto memory = locked_memory(by_container, tree.root());
  EXPECT_EQ(memory.locked, 64U * 1024);
  EXPECT_EQ(locked_memory(by_iommufd, tree.root()).locked, 7U * 1024);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_MEMLOCK, &limit), 0);
  EXPECT_EQ(memory.limit.value_or(RLIM_INFINITY), limit.rlim_cur);
}

}  // namespace
}  // namespace bulkhead::vfio
