#include "tests/bus/doctor/examination.hpp"

namespace bulkhead::bus::doctor {
namespace {

class GroupChecks : public Examination {
 protected:
  void add_neighbour(const std::string& address, const std::string& class_code,
                     const std::string& driver) const {
    add_function(address, class_code);
    set_driver(address, driver);
    put_into_group(address, "17");
  }
};

TEST_F(GroupChecks, AFunctionAloneIsGood) {
  expect_good(look(check_groups),
              "0000:03:00.0 is in group 17, of which the kernel drives no other function");
}

TEST_F(GroupChecks, ABridgeOrABoundNeighbourDoesNotMatter) {
  add_neighbour("0000:00:01.0", "0x060400", "pcieport");
  add_neighbour("0000:03:00.1", "0x020000", "vfio-pci");
  EXPECT_EQ(look(check_groups).verdict, Verdict::good);
}

TEST_F(GroupChecks, FunctionsOfOneCardWithoutAcsAreExplained) {
  add_neighbour("0000:03:00.1", "0x020000", "ixgbe");
  const auto finding = look(check_groups);
  expect_bad(finding, Verdict::finding, "shares group 17 with 0000:03:00.1 (ixgbe)",
             "sudo bulkhead bind 0000:03:00.0 0000:03:00.1 ");
  EXPECT_NE(finding.why.find("the card does not say (ACS)"), std::string::npos) << finding.why;
}

TEST_F(GroupChecks, ABridgeWithoutAcsIsExplained) {
  add_neighbour("0000:00:01.0", "0x060400", "pcieport");
  add_neighbour("0000:04:00.0", "0x010802", "nvme");
  const auto finding = look(check_groups);
  expect_bad(finding, Verdict::finding, "0000:04:00.0 (nvme)", "sudo bulkhead bind");
  EXPECT_NE(finding.why.find("the bridge 0000:00:01.0 does not keep apart"), std::string::npos);
}

TEST_F(GroupChecks, NeighboursWithoutABridgeAreExplained) {
  add_neighbour("0000:04:00.0", "0x010802", "nvme");
  const auto finding = look(check_groups);
  EXPECT_NE(finding.why.find("nothing that the kernel knows of (ACS)"), std::string::npos);
}

TEST_F(GroupChecks, AFunctionThatTheIommuDoesNotCoverIsAFinding) {
  remove(file_of(card, "iommu_group"));
  expect_bad(look(check_groups), Verdict::finding, "is in no IOMMU group", "another slot");
}

TEST_F(GroupChecks, WithoutAnIommuThereIsNothingToSay) {
  remove("/sys/kernel/iommu_groups/17");
  EXPECT_TRUE(check_groups(patient()).empty());
}

}  // namespace
}  // namespace bulkhead::bus::doctor
