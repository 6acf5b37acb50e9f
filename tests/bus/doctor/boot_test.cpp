#include "bulkhead/bus/doctor/boot.hpp"

#include <gtest/gtest.h>

#include "tests/bus/made_up_machine.hpp"

namespace bulkhead::bus::doctor {
namespace {

class Boot : public ::testing::Test, public MadeUpMachine {};

TEST_F(Boot, TellsTheProcessor) {
  EXPECT_EQ(processor_vendor(machine), Vendor::other);
  write("/proc/cpuinfo", "processor : 0\nvendor_id : GenuineIntel\nflags : fpu sse4_1");
  EXPECT_EQ(processor_vendor(machine), Vendor::intel);
  EXPECT_TRUE(processor_has(machine, "sse4_1"));
  EXPECT_FALSE(processor_has(machine, "sse4"));
  write("/proc/cpuinfo", "vendor_id : AuthenticAMD");
  EXPECT_EQ(processor_vendor(machine), Vendor::amd);
}

TEST_F(Boot, TellsWhatTheFirmwareDescribes) {
  write("/sys/firmware/acpi/tables/FACP", "");
  EXPECT_FALSE(firmware_has_iommu(machine));
  write("/sys/firmware/acpi/tables/IVRS", "");
  EXPECT_TRUE(firmware_has_iommu(machine));
}

TEST_F(Boot, TellsWhatIsSwitchedOff) {
  write("/proc/cmdline", "quiet iommu=off,strict nointremap");
  EXPECT_EQ(switched_off(machine, "iommu"), "iommu=off,strict");
  EXPECT_EQ(switched_off(machine, "intremap"), "nointremap");
  EXPECT_EQ(switched_off(machine, "intel_iommu"), std::nullopt);
}

}  // namespace
}  // namespace bulkhead::bus::doctor
