#include "bulkhead/bus/iommu_faults.hpp"

#include <array>

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace bulkhead::bus {
namespace {

constexpr const char* function = "0000:00:05.0";

TEST(DmaFault, OfIntelsIommu) {
  const auto fault = parse_dma_fault(
      "DMAR: [DMA Write NO_PASID] Request device [00:05.0] fault addr 0x7700000000 [fault reason "
      "0x05] PTE Write access is not set",
      function);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->address, Iova{0x7700000000});
  EXPECT_EQ(fault->access, DmaFault::Access::write);
}

TEST(DmaFault, OfIntelsIommuAsOlderKernelsPrintIt) {
  const auto fault = parse_dma_fault(
      "DMAR: [DMA Read] Request device [00:05.0] PASID ffffffff fault addr 55aa000 [fault reason "
      "06] PTE Read access is not set",
      function);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->address, Iova{0x55AA000});
  EXPECT_EQ(fault->access, DmaFault::Access::read);
}

TEST(DmaFault, OfAmdsIommu) {
  const auto fault = parse_dma_fault(
      "vfio-pci 0000:00:05.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000e "
      "address=0x8a000000 flags=0x0020]",
      function);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->address, Iova{0x8A000000});
  EXPECT_EQ(fault->access, DmaFault::Access::write);
  const auto read = parse_dma_fault(
      "AMD-Vi: Event logged [IO_PAGE_FAULT device=0000:00:05.0 domain=0x0001 address=0x1000 "
      "flags=0x0000]",
      function);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->access, DmaFault::Access::read);
}

TEST(DmaFault, OfVirtiosIommu) {
  const auto fault =
      parse_dma_fault("virtio_iommu virtio0: page fault from EP 40 at 0x7700000000 [W]", function);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->address, Iova{0x7700000000});
  EXPECT_EQ(fault->access, DmaFault::Access::write);
}

TEST(DmaFault, OfVirtiosIommuSaysWhichAccessOnlyIfToldSo) {
  const auto access_of = [](const std::string& flags) {
    return parse_dma_fault("virtio_iommu virtio0: page fault from EP 40 at 0x1000 [" + flags + "]",
                           function)
        ->access;
  };
  EXPECT_EQ(to_string(access_of("R")), "read");
  EXPECT_EQ(to_string(access_of("W")), "write");
  EXPECT_EQ(to_string(access_of("")), "access");
}

TEST(DmaFault, IsNobodyElsesAndNothingElse) {
  for (const char* message :
       {"DMAR: [DMA Write NO_PASID] Request device [00:05.1] fault addr 0x1000 [fault reason 5]",
        "DMAR: [DMA Write NO_PASID] Request device [00:05.0] fault addr",
        "DMAR: DRHD: handling fault status reg 2",
        "virtio_iommu virtio0: page fault from EP 4 at 0x1000 [W]",
        "AMD-Vi: Event logged [IO_PAGE_FAULT device=0000:00:06.0 address=0x1000 flags=0x0020]",
        "e1000e 0000:00:05.0: a message with an address=0x1000", ""})
    EXPECT_FALSE(parse_dma_fault(message, function)) << message;
  EXPECT_FALSE(parse_dma_fault("DMAR: [DMA Read] Request device [00:05.0] fault addr 0x1000",
                               "0001:00:05.0"));
}

TEST(IommuFaults, TakesTheLogRecordByRecord) {
  std::array<int, 2> sockets{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets.data()), 0);
  const OwnedFd kernel{sockets[1]};
  IommuFaults faults{OwnedFd{sockets[0]}, function};
  const auto say = [&](std::string_view record) {
    ASSERT_EQ(::send(kernel.get(), record.data(), record.size(), 0),
              static_cast<ssize_t>(record.size()));
  };
  EXPECT_FALSE(faults.next());
  say("6,1,100,-;something else; with a semicolon\n SUBSYSTEM=pci\n");
  say("3,2,200,-;DMAR: [DMA Write] Request device [00:05.0] fault addr 0x2000 [fault reason 5]\n");
  say("a record without its mark");
  say("3,3,300,-;DMAR: [DMA Read] Request device [00:05.0] fault addr 0x3000 [fault reason 6]\n");
  EXPECT_EQ(faults.next()->address, Iova{0x2000});
  EXPECT_EQ(faults.next()->address, Iova{0x3000});
  EXPECT_FALSE(faults.next());
}

}  // namespace
}  // namespace bulkhead::bus
