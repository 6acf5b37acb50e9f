#include "model/dma_space.hpp"

#include <array>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkhead/bus/vfio_user/protocol.hpp"

namespace bulkhead::model {
namespace {

using Access = DmaSpace::Access;
constexpr uint32_t both = vfio_user::dma_readable | vfio_user::dma_writeable;

OwnedFd memory(size_t pages = 4) {
  return *create_sealed_memory("test", Bytes{pages * 4096}, PageSize::small_4k);
}

TEST(DmaSpace, TranslatesInsideARangeOnly) {
  DmaSpace space;
  ASSERT_TRUE(space.map(0x10000, 0x2000, both, memory(), 0));
  EXPECT_EQ(space.translate(0x10000, 0x2000, Access::write).size(), 0x2000U);
  EXPECT_EQ(space.translate(0x11FFF, 1, Access::read).size(), 1U);
  EXPECT_TRUE(space.translate(0x11FFF, 2, Access::read).empty());
  EXPECT_TRUE(space.translate(0xFFFF, 2, Access::read).empty());
  EXPECT_TRUE(space.translate(0x10000, ~0ULL, Access::read).empty());
  EXPECT_TRUE(space.translate(~0ULL, 2, Access::read).empty());
}

TEST(DmaSpace, RefusesEmptyWrappingOverlappingAndRaggedRanges) {
  DmaSpace space;
  ASSERT_TRUE(space.map(0x10000, 0x2000, both, memory(), 0));
  EXPECT_FALSE(space.map(0x20000, 0, both, memory(), 0));
  EXPECT_FALSE(space.map(~0ULL - 0xFFF, 0x2000, both, memory(), 0));
  EXPECT_FALSE(space.map(0x11000, 0x1000, both, memory(), 0));
  EXPECT_FALSE(space.map(0xF000, 0x2000, both, memory(), 0));
  EXPECT_FALSE(space.map(0xF000, 0x4000, both, memory(), 0));
  EXPECT_FALSE(space.map(0x20010, 0x1000, both, memory(), 0));
  EXPECT_FALSE(space.map(0x20000, 0x1001, both, memory(), 0));
  EXPECT_FALSE(space.map(0x20000, 0x8000, both, memory(), 0)) << "more than the file holds";
  EXPECT_TRUE(space.map(0xF000, 0x1000, both, memory(), 0x3000));
  EXPECT_TRUE(space.map(~0ULL - 0xFFF, 0x1000, both, memory(), 0)) << "up to the last byte";
  EXPECT_EQ(space.range_count(), 3U);
}

TEST(DmaSpace, RefusesMemoryThatCouldShrink) {
  OwnedFd unsealed{::memfd_create("test", MFD_CLOEXEC)};
  ASSERT_EQ(::ftruncate(unsealed.get(), 4096), 0);
  DmaSpace space;
  const auto result = space.map(0, 4096, both, std::move(unsealed), 0);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::permission);
}

TEST(DmaSpace, JoinsRangesThatFollowEachOther) {
  DmaSpace space;
  OwnedFd file = memory(4);
  const auto mapped = Mapping::map(file.get(), 0, Bytes{4 * 4096});
  ASSERT_TRUE(mapped);
  const auto again = [&] { return OwnedFd{::fcntl(file.get(), F_DUPFD_CLOEXEC, 0)}; };
  // Pages 3, 0 and 1 of the file, in this order, as a device sees them.
  ASSERT_TRUE(space.map(0x10000, 0x1000, both, again(), 0x3000));
  ASSERT_TRUE(space.map(0x11000, 0x2000, both, again(), 0));
  mapped->bytes()[0x3FFF] = std::byte{1};
  mapped->bytes()[0x0000] = std::byte{2};
  mapped->bytes()[0x1FFF] = std::byte{3};
  EXPECT_TRUE(space.translate(0x10800, 0x2800, Access::write).empty());
  const auto bytes = space.translate_across(0x10800, 0x2800, Access::write);
  ASSERT_EQ(bytes.size(), 0x2800U);
  EXPECT_EQ(bytes[0x7FF], std::byte{1});
  EXPECT_EQ(bytes[0x800], std::byte{2});
  EXPECT_EQ(bytes[0x27FF], std::byte{3});
  bytes[0x800] = std::byte{4};
  EXPECT_EQ(mapped->bytes()[0], std::byte{4});
  EXPECT_EQ(space.translate_across(0x10800, 0x2800, Access::read).data(), bytes.data());
}

TEST(DmaSpace, JoinsNothingAcrossAGapOrWithoutPermission) {
  DmaSpace space;
  ASSERT_TRUE(space.map(0x10000, 0x1000, both, memory(), 0));
  ASSERT_TRUE(space.map(0x11000, 0x1000, vfio_user::dma_readable, memory(), 0));
  ASSERT_TRUE(space.map(0x13000, 0x1000, both, memory(), 0));
  EXPECT_TRUE(space.translate_across(0x10000, 0x2000, Access::write).empty());
  EXPECT_FALSE(space.translate_across(0x10000, 0x2000, Access::read).empty());
  EXPECT_TRUE(space.translate_across(0x10000, 0x2000, Access::write).empty());
  EXPECT_TRUE(space.translate_across(0x11000, 0x3000, Access::read).empty());
  ASSERT_TRUE(space.unmap(0x11000, 0x1000));
  EXPECT_TRUE(space.translate_across(0x10000, 0x2000, Access::read).empty());
}

/// Memory that takes none until it is written.
OwnedFd sparse_memory(uint64_t bytes) {
  OwnedFd fd{::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  EXPECT_EQ(::ftruncate(fd.get(), static_cast<off_t>(bytes)), 0);
  EXPECT_EQ(::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
  return fd;
}

TEST(DmaSpace, TheHolesOfAClientsFileStayHoles) {
  constexpr uint64_t size = 64 << 20;
  const auto file = sparse_memory(size);
  DmaSpace space;
  ASSERT_TRUE(space.map(0, size, both, OwnedFd{::dup(file.get())}, 0));
  struct stat status{};
  ASSERT_EQ(::fstat(file.get(), &status), 0);
  EXPECT_EQ(status.st_blocks, 0);
  EXPECT_EQ(space.translate(0, size, Access::write).size(), size);
}

TEST(DmaSpace, BoundsWhatAClientMapsAltogether) {
  constexpr uint64_t half = DmaSpace::max_mapped / 2;
  const auto file = sparse_memory(half * 4);
  const auto again = [&file] { return OwnedFd{::dup(file.get())}; };
  DmaSpace space;
  const auto all = space.map(0, half * 4, both, again(), 0);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, ErrorCode::no_memory);
  ASSERT_TRUE(space.map(0, half, both, again(), 0));
  ASSERT_TRUE(space.map(half, half, both, again(), 0)) << "up to the very bound";
  EXPECT_FALSE(space.map(half * 2, 4096, both, again(), 0));
  EXPECT_TRUE(space.map(half * 2, half, both, OwnedFd{}, 0)) << "it takes no address space";
  ASSERT_TRUE(space.unmap(half, half * 2));
  ASSERT_TRUE(space.map(half, half, both, again(), 0)) << "what was unmapped counts no more";
  space.clear();
  EXPECT_TRUE(space.map(0, half * 2, both, again(), 0));
}

TEST(DmaSpace, RespectsDirections) {
  DmaSpace space;
  ASSERT_TRUE(space.map(0, 4096, vfio_user::dma_readable, memory(), 0));
  ASSERT_TRUE(space.map(4096, 4096, vfio_user::dma_writeable, memory(), 0));
  EXPECT_FALSE(space.translate(0, 8, Access::read).empty());
  EXPECT_TRUE(space.translate(0, 8, Access::write).empty());
  EXPECT_TRUE(space.translate(4096, 8, Access::read).empty());
  std::array<std::byte, 16> data{};
  EXPECT_FALSE(space.write(4090, data)) << "half of it is read-only";
}

TEST(DmaSpace, MemoryWithoutADescriptorIsKnownButOutOfReach) {
  DmaSpace space;
  ASSERT_TRUE(space.map(0, 4096, both, OwnedFd{}, 0));
  EXPECT_FALSE(space.map(0, 4096, both, memory(), 0));
  EXPECT_TRUE(space.translate(0, 1, Access::read).empty());
  std::array<std::byte, 1> data{};
  EXPECT_FALSE(space.read(0, data));
}

TEST(DmaSpace, UnmapTakesWholeRangesOnly) {
  DmaSpace space;
  for (uint64_t i = 0; i < 4; ++i) ASSERT_TRUE(space.map(i * 4096, 4096, both, memory(), 0));
  EXPECT_FALSE(space.unmap(0, 2048));
  EXPECT_FALSE(space.unmap(0x10000, 4096));
  EXPECT_FALSE(space.translate(4096, 8, Access::read).empty());
  EXPECT_TRUE(space.unmap(0, 8192));
  EXPECT_EQ(space.range_count(), 2U);
  EXPECT_TRUE(space.translate(4096, 8, Access::read).empty()) << "not even from the cache";
}

TEST(DmaSpace, CopiesAcrossAdjacentRanges) {
  DmaSpace space;
  ASSERT_TRUE(space.map(0x1000, 4096, both, memory(), 0));
  ASSERT_TRUE(space.map(0x2000, 4096, both, memory(), 0));
  std::array<std::byte, 32> data;
  data.fill(std::byte{7});
  ASSERT_TRUE(space.write(0x1FF0, data));
  std::array<std::byte, 32> back{};
  ASSERT_TRUE(space.read(0x1FF0, back));
  EXPECT_EQ(back, data);
  EXPECT_FALSE(space.write(0x2FF0, data));
}

}  // namespace
}  // namespace bulkhead::model
