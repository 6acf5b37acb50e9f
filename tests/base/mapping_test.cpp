#include "bulkhead/base/mapping.hpp"

#include <array>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/memory/huge_pages.hpp"

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

TEST(SealedMemory, BeyondTheLimitOfFilesIsAnErrorAndNoSignal) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{.rlim_cur = 8192, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto fits = create_sealed_memory("test", 8_KiB, PageSize::small_4k);
  const auto refused = create_sealed_memory("test", 12_KiB, PageSize::small_4k);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_TRUE(fits);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::no_memory);
  EXPECT_NE(refused.error().message().find("ulimit -f"), std::string::npos);
}

TEST(Mapping, SaysWhatFailed) {
  auto mapping = Mapping::map(-1, 0, 4_KiB);
  ASSERT_FALSE(mapping);
  EXPECT_NE(mapping.error().message().find("mmap of 4096 bytes"), std::string::npos);
}

TEST(Mapping, PiecesLieWhereTheyShall) {
  const memory::HugePages pages{2};
  if (!pages.reserved()) GTEST_SKIP() << "no huge pages can be reserved here";
  auto fd = create_sealed_memory("test", 4_MiB, PageSize::huge_2m);
  ASSERT_TRUE(fd) << fd.error().message();
  const size_t page = (2_MiB).value();
  const std::array pieces{Mapping::Piece{.file_offset = page, .place = 0, .length = page},
                          Mapping::Piece{.file_offset = 0, .place = 3 * page, .length = page}};
  const auto mapping = Mapping::map_pieces(fd->get(), pieces, 8_MiB);
  ASSERT_TRUE(mapping) << mapping.error().message();
  EXPECT_EQ(mapping->size(), 8_MiB);
  mapping->bytes()[0] = std::byte{1};
  mapping->bytes()[3 * page] = std::byte{2};
  const auto file = Mapping::map(fd->get(), 0, 4_MiB);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->bytes()[0], std::byte{2});
  EXPECT_EQ(file->bytes()[page], std::byte{1});
}

}  // namespace
}  // namespace bulkhead
