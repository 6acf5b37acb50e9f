#include "tests/bus/doctor/examination.hpp"

namespace bulkhead::bus::doctor {
namespace {

class KernelChecks : public Examination {};

TEST_F(KernelChecks, AProcessorWithTheInstructionsIsGood) {
  expect_good(look(check_processor), "has all of x86-64-v2");
}

TEST_F(KernelChecks, AProcessorWithoutThemIsAFinding) {
  write("/proc/cpuinfo", "vendor_id : GenuineIntel\nflags : fpu cx16 lahf_lm pni sse4_1 ssse3");
  expect_bad(look(check_processor), Verdict::finding, "lacks popcnt, sse4_2", "-cpu host");
}

TEST_F(KernelChecks, AnotherProcessorIsNotAskedForThem) {
  write("/proc/cpuinfo", "CPU implementer : 0x41");
  EXPECT_TRUE(check_processor(patient()).empty());
}

TEST_F(KernelChecks, LockdownDoesNotMatterToVfio) {
  expect_good(look(check_lockdown), "the kernel tells of none (no /sys/kernel/security/lockdown)");
  write("/sys/kernel/security/lockdown", "[none] integrity confidentiality");
  expect_good(look(check_lockdown), "none");
  write("/sys/kernel/security/lockdown", "none [integrity] confidentiality");
  EXPECT_TRUE(look(check_lockdown).what.starts_with("integrity: VFIO works"));
}

}  // namespace
}  // namespace bulkhead::bus::doctor
