#include "tests/bus/doctor/examination.hpp"

namespace bulkhead::bus::doctor {
namespace {

class Modules : public Examination {
 protected:
  /// What is said of vfio-pci, and of what maps memory.
  [[nodiscard]] std::vector<std::string> said() const {
    std::vector<std::string> words;
    for (const auto& finding : check_modules(patient())) {
      EXPECT_EQ(finding.verdict, Verdict::good);
      words.push_back(finding.what);
    }
    return words;
  }
};

using Words = std::vector<std::string>;

TEST_F(Modules, AreThereToBeLoaded) {
  EXPECT_EQ(said(), (Words{"vfio-pci is there, and is loaded when it is needed",
                           "vfio_iommu_type1 is there, and is loaded when it is needed"}));
}

TEST_F(Modules, AreLoaded) {
  make_folder("/sys/module/vfio_pci");
  make_folder("/sys/module/vfio_iommu_type1");
  EXPECT_EQ(said(), (Words{"vfio-pci is loaded", "vfio_iommu_type1 is loaded"}));
}

TEST_F(Modules, AreBuiltIn) {
  remove("/lib/modules/6.12.1/modules.dep");
  write("/lib/modules/6.12.1/modules.builtin",
        "kernel/drivers/vfio/pci/vfio-pci.ko\nkernel/drivers/vfio/vfio_iommu_type1.ko");
  EXPECT_EQ(said(), (Words{"vfio-pci is built into the kernel",
                           "vfio_iommu_type1 is built into the kernel"}));
}

TEST_F(Modules, IommufdReplacesType1) {
  write("/lib/modules/6.12.1/modules.dep", "kernel/drivers/vfio/pci/vfio-pci.ko:");
  write("/dev/iommu", "");
  make_folder(file_of(card, "vfio-dev/vfio3"));
  write("/dev/vfio/devices/vfio3", "");
  EXPECT_EQ(said(),
            (Words{"vfio-pci is there, and is loaded when it is needed", "iommufd is there"}));
}

TEST_F(Modules, IommufdWithoutFunctionsNodesDoesNotReplaceType1) {
  write("/dev/iommu", "");
  EXPECT_EQ(said().back(), "vfio_iommu_type1 is there, and is loaded when it is needed");
  write("/lib/modules/6.12.1/modules.dep", "kernel/drivers/vfio/pci/vfio-pci.ko:");
  const auto findings = check_modules(patient());
  expect_bad(findings.back(), Verdict::cannot_tell, "has no vfio_iommu_type1", "apt install");
}

TEST_F(Modules, ThatAreOnlyDependedOnAreNotThere) {
  write("/lib/modules/6.12.1/modules.dep",
        "kernel/drivers/other.ko: kernel/drivers/vfio/pci/vfio-pci.ko\n"
        "kernel/drivers/vfio/pci/nvgrace-vfio-pci.ko:");
  const auto findings = check_modules(patient());
  ASSERT_EQ(findings.size(), 2U);
  expect_bad(findings.front(), Verdict::finding, "Linux 6.12.1 has no vfio-pci", "apt install");
  expect_bad(findings.back(), Verdict::finding, "has no vfio_iommu_type1", "apt install");
}

}  // namespace
}  // namespace bulkhead::bus::doctor
