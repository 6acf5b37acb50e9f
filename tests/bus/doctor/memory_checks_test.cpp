#include "tests/bus/doctor/examination.hpp"

namespace bulkhead::bus::doctor {
namespace {

class MemoryChecks : public Examination {
 protected:
  void set_limit(const std::string& soft) const {
    write("/proc/self/limits", "Max locked memory         " + soft + "   unlimited   bytes");
  }
};

TEST_F(MemoryChecks, ALimitThatIsEnoughIsGood) {
  expect_good(look(check_locked_memory), "this process may lock 65536 KiB, and 24576 are needed");
  set_limit("25165824");
  EXPECT_EQ(look(check_locked_memory).verdict, Verdict::good);
  set_limit("unlimited");
  expect_good(look(check_locked_memory), "this process may lock any amount");
}

TEST_F(MemoryChecks, ALimitThatIsTooLowIsAFindingWithThreeWaysToRaiseIt) {
  set_limit("8388608");
  const auto finding = look(check_locked_memory);
  expect_bad(finding, Verdict::finding, "may lock 8192 KiB", "ulimit -l 24576");
  EXPECT_NE(finding.fix.find("limits.d/bulkhead.conf"), std::string::npos);
  EXPECT_NE(finding.fix.find("LimitMEMLOCK=25165824"), std::string::npos);
  EXPECT_NE(finding.why.find("24576 KiB"), std::string::npos);
  set_limit("25165823");
  EXPECT_EQ(look(check_locked_memory).verdict, Verdict::finding);
}

TEST_F(MemoryChecks, ACapabilityLiftsTheLimit) {
  set_limit("8388608");
  write("/proc/self/status", "CapEff:\t0000000000003fff");
  EXPECT_EQ(look(check_locked_memory).verdict, Verdict::finding);
  write("/proc/self/status", "CapEff:\t0000000000004000");
  expect_good(look(check_locked_memory), "this process may lock any amount (CAP_IPC_LOCK)");
}

TEST_F(MemoryChecks, ALimitThatIsNotToldCannotBeTold) {
  remove("/proc/self/limits");
  expect_bad(look(check_locked_memory), Verdict::cannot_tell, "does not tell", "ulimit");
}

TEST_F(MemoryChecks, EnoughFreeHugePagesAreGood) {
  expect_good(look(check_huge_pages), "2 MiB pages of node0: 32 of 64 free");
}

TEST_F(MemoryChecks, TooFewFreeHugePagesAreAFindingWithTheNumber) {
  set_huge_pages("node0", "64", "4");
  expect_bad(look(check_huge_pages), Verdict::finding, "node0: 4 of 64 free",
             "nr_hugepages) + 3 )) | sudo tee /sys/devices/system/node/node0/hugepages/"
             "hugepages-2048kB/nr_hugepages");
}

TEST_F(MemoryChecks, HugePagesOfTheCardsNodeCount) {
  set_huge_pages("node0", "64", "64");
  set_huge_pages("node1", "0", "0");
  write(file_of(card, "numa_node"), "1");
  expect_bad(look(check_huge_pages), Verdict::finding, "node0: 64 of 64 free, node1: 0 of 0 free",
             "+ 7 )) | sudo tee /sys/devices/system/node/node1/");
  write(file_of(card, "numa_node"), "-1");
  EXPECT_EQ(look(check_huge_pages).verdict, Verdict::good);
}

TEST_F(MemoryChecks, HugePagesThatAreNotListedCannotBeTold) {
  remove("/sys/devices/system/node");
  expect_bad(look(check_huge_pages), Verdict::cannot_tell, "no pools of 2 MiB", "meminfo");
}

}  // namespace
}  // namespace bulkhead::bus::doctor
