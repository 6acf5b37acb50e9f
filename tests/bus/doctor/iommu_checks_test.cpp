#include "tests/bus/doctor/examination.hpp"

namespace bulkhead::bus::doctor {
namespace {

class Iommu : public Examination {
 protected:
  void take_iommu_away() const { remove("/sys/kernel/iommu_groups/17"); }
  void expect_fix(const std::string& fix) const {
    expect_bad(look(check_iommu), Verdict::finding, "the kernel uses no IOMMU", fix);
  }
  void expect_no_remapping(const std::string& fix) const {
    expect_bad(look(check_interrupt_remapping), Verdict::finding, "are not remapped", fix);
  }
};

TEST_F(Iommu, ThatIsUsedIsDescribed) {
  expect_good(look(check_iommu),
              "1 groups; units: dmar0; mode for the kernel's own drivers: DMA-FQ");
}

TEST_F(Iommu, GroupsWithoutAnIommuDoNotCount) {
  write("/sys/kernel/iommu_groups/17/name", "vfio-noiommu");
  expect_fix("");
}

TEST_F(Iommu, ThatTheCommandLineSwitchesOffIsSwitchedOn) {
  take_iommu_away();
  write("/proc/cmdline", "quiet intel_iommu=off");
  expect_fix("s/ *\\bintel_iommu=off\\b//");
}

TEST_F(Iommu, OfIntelThatTheFirmwareOffersIsAskedFor) {
  take_iommu_away();
  write("/sys/firmware/acpi/tables/DMAR", "");
  expect_fix("intel_iommu=on");
}

TEST_F(Iommu, OfAVirtualMachineComesFromItsHost) {
  take_iommu_away();
  write("/proc/cpuinfo", "vendor_id : AuthenticAMD\nflags : fpu hypervisor");
  expect_fix("-device intel-iommu");
}

TEST_F(Iommu, ThatTheFirmwareHidesIsSwitchedOnThere) {
  take_iommu_away();
  expect_fix("systemctl reboot --firmware-setup");
}

TEST_F(Iommu, CannotBeToldWithoutSysfs) {
  remove("/sys/kernel");
  const auto findings = check_iommu({.machine = machine, .locked_memory = 24_MiB, .huge_pages = 7});
  ASSERT_EQ(findings.size(), 1U);
  expect_bad(findings.front(), Verdict::cannot_tell, "no /sys/kernel", "mount");
}

TEST_F(Iommu, RemappedInterruptsHaveTheirName) {
  const std::string remapped = "the interrupts in /proc/interrupts are remapped";
  expect_good(look(check_interrupt_remapping), remapped);
  write("/proc/interrupts",
        "  1:  9  0  IO-APIC  1-edge  i8042\n 24:  1  0  IR-PCI-MSIX-0000:03:00.0");
  expect_good(look(check_interrupt_remapping), remapped);
  write("/proc/interrupts", " 24:  1  0  ITS-MSI 458752 Edge  PCIe PME");
  expect_good(look(check_interrupt_remapping), remapped);
}

TEST_F(Iommu, OtherInterruptsAreNotRemapped) {
  write("/proc/interrupts", " 24:  1  0  PCI-MSIX-0000:03:00.0  0-edge  eth0");
  expect_no_remapping("systemctl reboot --firmware-setup");
  write("/proc/cmdline", "intremap=off");
  expect_no_remapping("s/ *\\bintremap=off\\b//");
  write("/proc/cmdline", "nox2apic");
  expect_no_remapping("s/ *\\bnox2apic\\b//");
}

TEST_F(Iommu, RemappingInAVirtualMachineComesFromItsHost) {
  write("/proc/interrupts", " 24:  1  0  IO-APIC  1-edge  i8042");
  write("/proc/cpuinfo", "vendor_id : GenuineIntel\nflags : fpu hypervisor");
  expect_no_remapping("intremap=on");
}

TEST_F(Iommu, RemappingCannotAlwaysBeTold) {
  write("/proc/interrupts", "  CPU0");
  expect_bad(look(check_interrupt_remapping), Verdict::cannot_tell, "does not tell", "dmesg");
  write("/sys/class/iommu/dmar0/intel-iommu/ecap", "f020da");
  expect_bad(look(check_interrupt_remapping), Verdict::cannot_tell, "can remap", "dmesg");
  write("/sys/class/iommu/dmar0/intel-iommu/ecap", "f020d7");
  expect_bad(look(check_interrupt_remapping), Verdict::cannot_tell, "does not tell", "dmesg");
}

}  // namespace
}  // namespace bulkhead::bus::doctor
