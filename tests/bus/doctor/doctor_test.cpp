#include "bulkhead/bus/doctor/doctor.hpp"

#include <algorithm>

#include "tests/bus/doctor/examination.hpp"

namespace bulkhead::bus::doctor {
namespace {

class Doctor : public Examination {};

TEST_F(Doctor, FindsNothingOnAMachineThatIsFit) {
  const auto diagnoses = examine(patient());
  for (const auto& [check, finding] : diagnoses)
    EXPECT_EQ(finding.verdict, Verdict::good) << check << ": " << finding.what;
  EXPECT_EQ(verdict_of(diagnoses), Verdict::good);
}

TEST_F(Doctor, SaysOfEachCheckWhatItFound) {
  std::vector<std::string_view> names;
  for (const auto& diagnosis : examine(patient()))
    if (names.empty() || names.back() != diagnosis.check) names.push_back(diagnosis.check);
  EXPECT_EQ(names, (std::vector<std::string_view>{"processor", "iommu", "interrupt remapping",
                                                  "groups", "modules", "access", "locked memory",
                                                  "huge pages", "lockdown"}));
}

TEST_F(Doctor, AFindingWeighsMoreThanWhatCannotBeTold) {
  remove("/proc/interrupts");
  EXPECT_EQ(verdict_of(examine(patient())), Verdict::cannot_tell);
  set_huge_pages("node0", "0", "0");
  EXPECT_EQ(verdict_of(examine(patient())), Verdict::finding);
}

TEST_F(Doctor, EverythingBadHasAReasonAndACommand) {
  const auto functions = patient();
  remove("/sys/kernel/iommu_groups/17");
  for (const auto* path : {"/proc", "/dev", "/lib", "/sys/devices"}) remove(path);
  write("/proc/interrupts", " 24:  1  0  PCI-MSI 1-edge  eth0");
  write("/proc/cpuinfo", "vendor_id : GenuineIntel\nflags : fpu");
  auto bad = examine({.machine = machine,
                      .functions = functions.functions,
                      .is_to_be_opened = true,
                      .locked_memory = 24_MiB,
                      .huge_pages = 7});
  std::erase_if(bad,
                [](const auto& diagnosis) { return diagnosis.finding.verdict == Verdict::good; });
  EXPECT_EQ(bad.size(), 8U);
  for (const auto& [check, finding] : bad) {
    EXPECT_NE(finding.why, "") << check;
    EXPECT_NE(finding.fix, "") << check;
    for (const auto* forbidden : {"unsafe", "noiommu", "acs_override"}) {
      EXPECT_EQ(finding.fix.find(forbidden), std::string::npos) << finding.fix;
    }
  }
}

TEST(Verdict, HasAName) {
  EXPECT_EQ(to_string(Verdict::good), "good");
  EXPECT_EQ(to_string(Verdict::finding), "finding");
  EXPECT_EQ(to_string(Verdict::cannot_tell), "cannot tell");
}

}  // namespace
}  // namespace bulkhead::bus::doctor
