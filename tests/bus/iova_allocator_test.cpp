#include "bulkhead/bus/iova_allocator.hpp"

#include <gtest/gtest.h>

namespace bulkhead::bus {
namespace {

TEST(IovaAllocator, AddressesDoNotFitInto32BitsAndAreAligned) {
  IovaAllocator iovas;
  for (int i = 0; i < 3; ++i) {
    const auto address = iovas.allocate(4_KiB);
    ASSERT_TRUE(address);
    EXPECT_GT(address->high(), 0U);
    EXPECT_EQ(address->value() % (2_MiB).value(), 0U);
  }
}

TEST(IovaAllocator, AGapFollowsEveryRange) {
  IovaAllocator iovas;
  const auto first = iovas.allocate(2_MiB);
  const auto second = iovas.allocate(4_KiB);
  ASSERT_TRUE(first && second);
  EXPECT_GT(second->value(), first->value() + (2_MiB).value());
}

TEST(IovaAllocator, FreedRangesAreUsedAgainIfTheyAreLargeEnough) {
  IovaAllocator iovas;
  const auto first = iovas.allocate(4_MiB);
  const auto second = iovas.allocate(4_KiB);
  ASSERT_TRUE(first && second);
  iovas.free(*first, 4_MiB);
  EXPECT_FALSE(iovas.holds(*first, 4_MiB));
  const auto larger = iovas.allocate(16_MiB);
  ASSERT_TRUE(larger);
  EXPECT_GT(*larger, *second);
  EXPECT_EQ(*iovas.allocate(4_MiB), *first);
}

TEST(IovaAllocator, ManyRangesNeverOverlap) {
  IovaAllocator iovas;
  std::vector<std::pair<Iova, Bytes>> held;
  uint32_t state = 1;
  for (int i = 0; i < 2000; ++i) {
    state = state * 1664525U + 1013904223U;
    const Bytes length{((state >> 16U) % 5000 + 1) * 4096};
    const auto address = iovas.allocate(length);
    ASSERT_TRUE(address);
    for (const auto& [other, size] : held)
      ASSERT_TRUE(*address + length <= other || other + size <= *address);
    held.emplace_back(*address, length);
    if (held.size() > 20) {
      const auto victim = held.begin() + static_cast<std::ptrdiff_t>((state >> 8U) % held.size());
      iovas.free(victim->first, victim->second);
      held.erase(victim);
    }
  }
}

TEST(IovaAllocator, RefusesNothingAndTooMuch) {
  IovaAllocator iovas;
  EXPECT_EQ(iovas.allocate(0_B).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(iovas.allocate(Bytes{~size_t{0}}).error().code, ErrorCode::no_memory);
  EXPECT_EQ(iovas.allocate(Bytes{size_t{1} << 39U}).error().code, ErrorCode::no_memory);
  EXPECT_TRUE(iovas.allocate(Bytes{size_t{1} << 38U}));
}

TEST(IovaAllocator, UsesOnlyWhatTheIommuTranslates) {
  // 36 bits, with a hole above 4 GiB that is not aligned.
  IovaAllocator iovas{{{.first = 0, .last = 0xFEDFFFFF},
                       {.first = 0xFEF00000, .last = 0x1'0100'0FFF},
                       {.first = 0x1'8000'1000, .last = 0xF'FFFF'FFFF}}};
  while (const auto address = iovas.allocate(8_MiB)) {
    const uint64_t begin = address->value();
    const uint64_t end = begin + (8_MiB).value() - 1;
    EXPECT_TRUE((begin >= 0x1'0000'0000 && end <= 0x1'0100'0FFF) ||
                (begin >= 0x1'8000'1000 && end <= 0xF'FFFF'FFFF))
        << std::hex << begin;
  }
  EXPECT_GT(iovas.count(), 5000U);
}

TEST(IovaAllocator, AnIommuOf32BitsHasAddressesButNot0AndNotItsHole) {
  IovaAllocator iovas{
      {{.first = 0, .last = 0xFEDFFFFF}, {.first = 0xFEF00000, .last = 0xFFFFFFFF}}};
  std::optional<uint64_t> last;
  while (const auto address = iovas.allocate(2_MiB)) {
    EXPECT_NE(address->value(), 0U);
    EXPECT_FALSE(address->value() <= 0xFEEFFFFF && address->value() + 0x1FFFFF >= 0xFEE00000);
    last = address->value();
  }
  ASSERT_TRUE(last);
  EXPECT_GT(*last, 0xFEF00000U);
}

TEST(IovaAllocator, ARangeUpToTheEndOf64BitsDoesNotOverflow) {
  IovaAllocator iovas{{{.first = 0, .last = ~uint64_t{0}}}};
  EXPECT_TRUE(iovas.allocate(Bytes{size_t{1} << 50U}));
  EXPECT_FALSE(iovas.allocate(Bytes{~size_t{0}}));
}

}  // namespace
}  // namespace bulkhead::bus
