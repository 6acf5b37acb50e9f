#include <algorithm>

#include "tests/bus/doctor/examination.hpp"

namespace bulkhead::bus::doctor {
namespace {

class Access : public Examination {
 protected:
  void forbid(const std::string& path) {
    machine.may_open = [forbidden = machine.at(path)](const auto& node) {
      return node != forbidden;
    };
  }
  /// The one finding that is not good.
  [[nodiscard]] Finding complaint() const {
    auto findings = check_access(patient());
    std::erase_if(findings, [](const Finding& found) { return found.verdict == Verdict::good; });
    EXPECT_EQ(findings.size(), 1U);
    return findings.empty() ? good("no complaint") : findings.front();
  }
};

TEST_F(Access, ToBothNodesIsGood) {
  const auto findings = check_access(patient());
  ASSERT_EQ(findings.size(), 2U);
  expect_good(findings.front(), "/dev/vfio/17 may be opened");
  expect_good(findings.back(), "/dev/vfio/vfio may be opened");
}

TEST_F(Access, ToTheGroupIsGivenByBinding) {
  forbid("/dev/vfio/17");
  expect_bad(complaint(), Verdict::finding, "/dev/vfio/17 may not be opened",
             "sudo bulkhead bind 0000:03:00.0 --user");
}

TEST_F(Access, ToVfioItselfIsEverybodys) {
  forbid("/dev/vfio/vfio");
  expect_bad(complaint(), Verdict::finding, "/dev/vfio/vfio may not be opened", "chmod 0666");
}

TEST_F(Access, ToTheFunctionsOwnNodeWillDo) {
  remove("/dev/vfio/17");
  make_folder(file_of(card, "vfio-dev/vfio3"));
  write("/dev/vfio/devices/vfio3", "");
  write("/dev/iommu", "");
  EXPECT_EQ(check_access(patient()).front().what, "/dev/vfio/devices/vfio3 may be opened");
  forbid("/dev/iommu");
  expect_bad(complaint(), Verdict::finding, "/dev/iommu may not be opened", "chmod 0666");
}

TEST_F(Access, NeedsANode) {
  remove("/dev/vfio/17");
  expect_bad(complaint(), Verdict::finding, "has no node in /dev/vfio", "devtmpfs");
}

TEST_F(Access, NeedsTheCardToBeBoundIfItIsToBeOpened) {
  set_driver(card, "ixgbe");
  expect_bad(complaint(), Verdict::finding, "is not bound to vfio-pci: its driver is ixgbe",
             "sudo bulkhead bind 0000:03:00.0");
  set_driver(card, "mlx5_vfio_pci");
  EXPECT_EQ(check_access(patient()).front().what, "/dev/vfio/17 may be opened");
  set_driver(card, "ixgbe");
  auto only_looking = patient();
  only_looking.is_to_be_opened = false;
  EXPECT_TRUE(check_access(only_looking).empty());
}

}  // namespace
}  // namespace bulkhead::bus::doctor
