#include "bulkhead/bus/vfio/container.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/vfio.h>

#include "bulkhead/base/bytes.hpp"

namespace bulkhead::vfio {
namespace {

constexpr uint64_t small_pages = 4096;

std::vector<std::byte> iommu_info(uint32_t claimed, const std::vector<vfio_iova_range>& ranges) {
  std::vector<std::byte> bytes;
  vfio_iommu_type1_info info{};
  info.flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS;
  info.iova_pgsizes = small_pages;
  info.cap_offset = sizeof info;
  append(bytes, info);
  append(bytes,
         vfio_info_cap_header{.id = VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, .version = 1, .next = 0});
  append(bytes, uint64_t{claimed});  // and four reserved bytes
  for (const auto& range : ranges) append(bytes, range);
  return bytes;
}

TEST(VfioContainer, TheIommusRangesAreUsedWithTheirHoles) {
  const auto ranges = parse_iommu_info(
      iommu_info(2, {{.start = 0, .end = 0xFEDFFFFF}, {.start = 0xFEF00000, .end = 0x7FFFFFFFFF}}));
  ASSERT_TRUE(ranges) << ranges.error().message();
  ASSERT_EQ(ranges->size(), 2U);
  EXPECT_EQ(ranges->at(0).last, 0xFEDFFFFFU);
  EXPECT_EQ(ranges->at(1).first, 0xFEF00000U);
}

TEST(VfioContainer, AKernelThatTellsNoRangesHasTheUsualOne) {
  vfio_iommu_type1_info info{};
  info.flags = VFIO_IOMMU_INFO_PGSIZES;
  info.iova_pgsizes = small_pages;
  const auto ranges = parse_iommu_info(to_bytes(info));
  ASSERT_TRUE(ranges);
  ASSERT_EQ(ranges->size(), 1U);
  EXPECT_EQ(ranges->front().last, bus::IovaAllocator::usual.last);
}

TEST(VfioContainer, MoreRangesThanListedAreRefused) {
  for (const uint32_t claimed : {2U, ~0U})
    EXPECT_EQ(parse_iommu_info(iommu_info(claimed, {{.start = 0, .end = 1}})).error().code,
              ErrorCode::protocol);
}

TEST(VfioContainer, OnlyHugePagesAreNotSupported) {
  vfio_iommu_type1_info info{};
  info.flags = VFIO_IOMMU_INFO_PGSIZES;
  info.iova_pgsizes = uint64_t{1} << 30U;
  EXPECT_EQ(parse_iommu_info(to_bytes(info)).error().code, ErrorCode::unsupported);
}

TEST(VfioContainer, WhatIsNoContainerTellsSo) {
  Container container{OwnedFd{::open("/dev/null", O_RDWR | O_CLOEXEC)}};
  EXPECT_FALSE(container.usable());
  EXPECT_FALSE(container.map({}, Iova{0}));
  EXPECT_FALSE(container.unmap(Iova{0}, 2_MiB));
}

}  // namespace
}  // namespace bulkhead::vfio
