#include "bulkhead/bus/vfio/device.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/vfio.h>

#include "bulkhead/base/bytes.hpp"

namespace bulkhead::vfio {
namespace {

vfio_region_info bar(uint32_t flags) {
  vfio_region_info info{};
  info.flags = flags;
  info.size = 0x10000;
  info.offset = uint64_t{1} << 40U;
  return info;
}

TEST(VfioDevice, ABarWithoutCapabilitiesCanBeMappedWhole) {
  const auto region = parse_region_info(to_bytes(bar(VFIO_REGION_INFO_FLAG_MMAP)));
  ASSERT_TRUE(region);
  EXPECT_EQ(region->size, 0x10000U);
  EXPECT_EQ(region->offset, uint64_t{1} << 40U);
  ASSERT_EQ(region->mappable.size(), 1U);
  EXPECT_EQ(region->mappable.front().size, 0x10000U);
}

TEST(VfioDevice, OneWhoseFlagsDoNotSaySoCannotBeMapped) {
  const auto region = parse_region_info(to_bytes(bar(VFIO_REGION_INFO_FLAG_READ)));
  ASSERT_TRUE(region);
  EXPECT_TRUE(region->mappable.empty());
}

TEST(VfioDevice, SparseAreasAreWhatCanBeMapped) {
  auto info = bar(VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS);
  info.cap_offset = sizeof info;
  std::vector<std::byte> bytes;
  append(bytes, info);
  append(bytes,
         vfio_info_cap_header{.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP, .version = 1, .next = 0});
  append(bytes, uint64_t{1});  // one area, and four reserved bytes
  append(bytes, vfio_region_sparse_mmap_area{.offset = 0x2000, .size = 0xE000});
  const auto region = parse_region_info(bytes);
  ASSERT_TRUE(region) << region.error().message();
  ASSERT_EQ(region->mappable.size(), 1U);
  EXPECT_EQ(region->mappable.front().offset, 0x2000U);
}

TEST(VfioDevice, WhatIsNoneTellsSo) {
  const auto device = Device::learn(OwnedFd{::open("/dev/null", O_RDWR | O_CLOEXEC)});
  ASSERT_FALSE(device);
  EXPECT_NE(device.error().message().find("what device it is"), std::string::npos);
}

}  // namespace
}  // namespace bulkhead::vfio
