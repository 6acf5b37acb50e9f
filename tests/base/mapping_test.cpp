#include "bulkhead/base/mapping.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace bulkhead {
namespace {

TEST(SealedMemory, TwoMappingsSeeTheSameBytes) {
  auto fd = create_sealed_memory("test", 8_KiB, PageSize::small_4k);
  ASSERT_TRUE(fd) << fd.error().message();
  auto first = Mapping::map(fd->get(), 0, 8_KiB);
  auto second = Mapping::map(fd->get(), 4096, 4_KiB);
  ASSERT_TRUE(first && second);
  first->bytes()[4097] = std::byte{42};
  EXPECT_EQ(second->bytes()[1], std::byte{42});
}

TEST(SealedMemory, CannotBeShrunkByWhoeverHoldsIt) {
  auto fd = create_sealed_memory("test", 8_KiB, PageSize::small_4k);
  ASSERT_TRUE(fd);
  EXPECT_NE(::ftruncate(fd->get(), 0), 0);
  EXPECT_TRUE(check_sealed_memory(fd->get(), 0, 8_KiB));
}

TEST(SealedMemory, UnsealedOrTooSmallMemoryIsRefused) {
  const OwnedFd unsealed{::memfd_create("test", MFD_CLOEXEC)};
  ASSERT_EQ(::ftruncate(unsealed.get(), 8192), 0);
  EXPECT_EQ(check_sealed_memory(unsealed.get(), 0, 4_KiB).error().code, ErrorCode::permission);

  auto sealed = create_sealed_memory("test", 8_KiB, PageSize::small_4k);
  ASSERT_TRUE(sealed);
  EXPECT_EQ(check_sealed_memory(sealed->get(), 4096, 8_KiB).error().code, ErrorCode::protocol);
  EXPECT_EQ(check_sealed_memory(sealed->get(), ~0ULL, 8_KiB).error().code, ErrorCode::protocol);
}

TEST(Mapping, SaysWhatFailed) {
  auto mapping = Mapping::map(-1, 0, 4_KiB);
  ASSERT_FALSE(mapping);
  EXPECT_NE(mapping.error().message().find("mmap of 4096 bytes"), std::string::npos);
}

}  // namespace
}  // namespace bulkhead
