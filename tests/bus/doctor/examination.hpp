// A made-up machine on which the doctor has nothing to find, and what tests look for in findings.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "bulkhead/bus/doctor/checks.hpp"

#include "tests/bus/made_up_machine.hpp"

namespace bulkhead::bus::doctor {

class Examination : public ::testing::Test, public MadeUpMachine {
 protected:
  static constexpr const char* card = "0000:03:00.0";

  Examination() {
    write("/proc/cpuinfo",
          "vendor_id\t: GenuineIntel\n"
          "flags\t\t: fpu cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3");
    write("/proc/cmdline", "root=/dev/sda1 quiet");
    write("/proc/interrupts", " 24:  1  0  IR-PCI-MSI 458752-edge  PCIe PME");
    write("/proc/sys/kernel/osrelease", "6.12.1");
    write("/proc/self/limits",
          "Limit                     Soft Limit           Hard Limit           Units\n"
          "Max locked memory         67108864             67108864             bytes");
    set_user(1000);
    write("/lib/modules/6.12.1/modules.dep",
          "kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/drivers/vfio/vfio.ko.xz\n"
          "kernel/drivers/vfio/vfio_iommu_type1.ko.xz: kernel/drivers/vfio/vfio.ko.xz");
    set_huge_pages("node0", "64", "32");
    make_folder("/sys/class/iommu/dmar0");
    add_function(card, "0x020000");
    set_driver(card, "vfio-pci");
    put_into_group(card, "17");
    write("/sys/kernel/iommu_groups/17/type", "DMA-FQ");
    write("/dev/vfio/17", "");
    write("/dev/vfio/vfio", "");
  }

  void set_huge_pages(const std::string& node, const std::string& all,
                      const std::string& free) const {
    const std::string folder = "/sys/devices/system/node/" + node + "/hugepages/hugepages-2048kB/";
    write(folder + "nr_hugepages", all);
    write(folder + "free_hugepages", free);
  }
  void remove(const std::string& path) const { std::filesystem::remove_all(machine.at(path)); }

  /// The machine as it is now, with the card to be opened.
  [[nodiscard]] Patient patient() const {
    return {.machine = machine,
            .functions = {find_function(machine, card).value()},
            .is_to_be_opened = true,
            .locked_memory = 24_MiB,
            .huge_pages = 7};
  }
  /// The one finding of a check.
  [[nodiscard]] Finding look(Findings (*check)(const Patient&)) const {
    const auto findings = check(patient());
    EXPECT_EQ(findings.size(), 1U);
    return findings.empty() ? good("nothing was said") : findings.front();
  }
};

inline void expect_good(const Finding& finding, const std::string& what) {
  EXPECT_EQ(finding.verdict, Verdict::good) << finding.what;
  EXPECT_EQ(finding.what, what);
  EXPECT_EQ(finding.fix, "");
}

/// Something else than good, with words in its text and in its fix.
inline void expect_bad(const Finding& finding, Verdict verdict, const std::string& what,
                       const std::string& fix) {
  EXPECT_EQ(finding.verdict, verdict) << finding.what;
  EXPECT_NE(finding.what.find(what), std::string::npos) << finding.what;
  EXPECT_NE(finding.fix.find(fix), std::string::npos) << finding.fix;
  EXPECT_NE(finding.why, "");
}

}  // namespace bulkhead::bus::doctor
