#include "bulkhead/bus/vfio_user/regions.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/bus/vfio_user/wire.hpp"

namespace bulkhead::vfio_user {
namespace {

constexpr uint64_t bar_size = 65536;

class Regions : public testing::Test {
 protected:
  // A reply about a mappable BAR 0 whose payload is `info`, its argsz filled in, and `rest`.
  [[nodiscard]] Message reply(RegionInfo info, const std::vector<std::byte>& rest = {}) const {
    info.argsz = static_cast<uint32_t>(sizeof(RegionInfo) + rest.size());
    Message message;
    message.payload = payload_of(info);
    message.payload.insert(message.payload.end(), rest.begin(), rest.end());
    message.fds.emplace_back(::dup(file.get()));
    return message;
  }

  static RegionInfo with_capabilities(uint32_t cap_offset = 32) {
    return {.argsz = 0,
            .flags = region_flag_mmap | region_flag_caps,
            .index = 0,
            .cap_offset = cap_offset,
            .size = bar_size,
            .offset = 0};
  }

  [[nodiscard]] ErrorCode code_of(const RegionInfo& info,
                                  const std::vector<std::byte>& rest = {}) const {
    const auto region = parse_region(reply(info, rest), 0);
    return region ? ErrorCode::io : region.error().code;
  }

  static std::vector<std::byte> sparse(SparseArea area, uint32_t claimed = 1, uint32_t next = 0) {
    return payload_of(CapabilityHeader{capability_sparse_mmap, 1, next}, SparseMmap{claimed, 0},
                      area);
  }

  OwnedFd file = *create_sealed_memory("test", Bytes{bar_size}, PageSize::small_4k);
};

TEST_F(Regions, WithoutSparseAreasAllOfItCanBeMapped) {
  auto info = with_capabilities();
  info.flags = region_flag_mmap;
  const auto region = parse_region(reply(info), 0);
  ASSERT_TRUE(region) << region.error().message();
  const auto mapping = map_pages(*region, 0x1000, 0x2004);
  ASSERT_TRUE(mapping) << mapping.error().message();
  EXPECT_EQ(mapping->size(), Bytes{0x3000});
}

TEST_F(Regions, OnlyTheSparseAreasCanBeMapped) {
  const auto region = parse_region(reply(with_capabilities(), sparse({0x2000, 0x1000})), 0);
  ASSERT_TRUE(region) << region.error().message();
  EXPECT_TRUE(map_pages(*region, 0x2018, 4));
  EXPECT_EQ(map_pages(*region, 0x3000, 4).error().code, ErrorCode::unsupported);
  EXPECT_EQ(map_pages(*region, 0x2ffc, 8).error().code, ErrorCode::unsupported);
  EXPECT_EQ(map_pages(*region, bar_size, 1).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(map_pages(*region, ~0ULL, ~0ULL).error().code, ErrorCode::invalid_argument);
}

TEST_F(Regions, AreasThatTouchOrOverlapAreOne) {
  const auto areas = payload_of(CapabilityHeader{capability_sparse_mmap, 1, 0}, SparseMmap{3, 0},
                                SparseArea{0x3000, 0x1000}, SparseArea{0x1000, 0x2000},
                                SparseArea{0x1000, 0x1000});
  const auto region = parse_region(reply(with_capabilities(), areas), 0);
  ASSERT_TRUE(region);
  ASSERT_EQ(region->mappable.size(), 1U);
  EXPECT_TRUE(map_pages(*region, 0x1000, 0x3000));
}

TEST_F(Regions, AreasThatAreNotPagesOfTheRegionAreRefused) {
  for (const SparseArea area :
       {SparseArea{0, bar_size + 4096}, SparseArea{bar_size, 4096}, SparseArea{~0ULL << 12U, 8192},
        SparseArea{0, 0}, SparseArea{0x800, 0x1000}, SparseArea{0, 0x800}})
    EXPECT_EQ(code_of(with_capabilities(), sparse(area)), ErrorCode::protocol)
        << area.offset << " " << area.size;
}

TEST_F(Regions, MoreAreasThanTheReplyHoldsAreRefused) {
  EXPECT_EQ(code_of(with_capabilities(), sparse({0, 0x1000}, 2)), ErrorCode::protocol);
  EXPECT_EQ(code_of(with_capabilities(), sparse({0, 0x1000}, ~0U)), ErrorCode::protocol);
}

TEST_F(Regions, CapabilitiesThatLoopAreRefused) {
  constexpr uint16_t unknown = 77;
  const auto loop = payload_of(CapabilityHeader{unknown, 1, 40}, CapabilityHeader{unknown, 1, 32});
  EXPECT_EQ(code_of(with_capabilities(), loop), ErrorCode::protocol);
  EXPECT_EQ(code_of(with_capabilities(), sparse({0, 0x1000}, 1, 32)), ErrorCode::protocol);
}

TEST_F(Regions, CapabilitiesOutsideOfTheReplyAreRefused) {
  const auto rest = sparse({0, 0x1000});
  for (const uint32_t offset : {1U, 16U, 31U, 60U, 64U, 100U, ~0U})
    EXPECT_EQ(code_of(with_capabilities(offset), rest), ErrorCode::protocol) << offset;
  EXPECT_EQ(code_of(with_capabilities(), sparse({0, 0x1000}, 1, 61)), ErrorCode::protocol);
}

TEST_F(Regions, ImpossibleSizesAreRefused) {
  auto info = with_capabilities();
  info.flags = region_flag_mmap;
  info.size = ~0ULL;
  EXPECT_EQ(code_of(info), ErrorCode::protocol);
  info.size = bar_size;
  info.offset = ~0ULL << 12U;
  EXPECT_EQ(code_of(info), ErrorCode::protocol);
  info.offset = 100;
  EXPECT_EQ(code_of(info), ErrorCode::protocol);
}

TEST_F(Regions, AnotherRegionsDescriptionIsRefused) {
  EXPECT_EQ(parse_region(reply(with_capabilities(), sparse({0, 0x1000})), 1).error().code,
            ErrorCode::protocol);
}

TEST_F(Regions, AReplyThatIsCutOffIsRefused) {
  auto whole = reply(with_capabilities(), sparse({0, 0x1000}));
  const auto bytes = whole.payload;
  for (size_t size = 0; size < bytes.size(); ++size) {
    Message message;
    message.payload = {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
    EXPECT_EQ(parse_region(std::move(message), 0).error().code, ErrorCode::protocol) << size;
  }
}

TEST_F(Regions, AFileThatIsNotSealedIsRefusedWithTheReason) {
  file = OwnedFd{::memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  ASSERT_EQ(::ftruncate(file.get(), bar_size), 0);
  const auto region = parse_region(reply(with_capabilities(), sparse({0, 0x1000})), 0);
  ASSERT_TRUE(region);
  const auto mapping = map_pages(*region, 0, 4);
  ASSERT_FALSE(mapping);
  EXPECT_EQ(mapping.error().code, ErrorCode::permission);
  EXPECT_NE(mapping.error().message().find("not sealed"), std::string::npos);
}

TEST_F(Regions, AFileThatIsTooSmallIsRefused) {
  file = *create_sealed_memory("small", 4_KiB, PageSize::small_4k);
  const auto region = parse_region(reply(with_capabilities(), sparse({0, 0x2000})), 0);
  ASSERT_TRUE(region);
  EXPECT_TRUE(map_pages(*region, 0, 4));
  EXPECT_EQ(map_pages(*region, 0x1000, 4).error().code, ErrorCode::protocol);
}

}  // namespace
}  // namespace bulkhead::vfio_user
