// What Function and DmaMapping make of a bus's own operations, on a bus that only writes them down.
#include "bulkhead/bus/function.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace bulkhead::bus {
namespace {

class Notebook final : public Function {
 public:
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] Bytes region_size(RegionId) const override { return Bytes{config.size()}; }
  Result<> read(RegionId, uint64_t offset, std::span<std::byte> data) override {
    std::ranges::copy(std::span{config}.subspan(offset, data.size()), data.begin());
    return {};
  }
  Result<> write(RegionId, uint64_t offset, std::span<const std::byte> data) override {
    std::ranges::copy(data, std::span{config}.subspan(offset).begin());
    return {};
  }
  Result<BarPages> map_bar(RegionId, Bytes, Bytes) override {
    return fail(ErrorCode::unsupported, "no BAR");
  }
  Result<Iova> map_dma(const memory::Region& memory) override {
    if (memory.fd() < 0) return fail(ErrorCode::invalid_argument, "no memory");
    ++mapped;
    return Iova{0x1'0000'0000};
  }
  Result<> unmap_dma(Iova, Bytes) override {
    --mapped;
    return {};
  }
  [[nodiscard]] uint32_t interrupt_count(InterruptKind) const override { return 0; }
  Result<> set_interrupts(InterruptKind, uint32_t, std::span<const int>) override { return {}; }
  Result<> reset() override { return {}; }
  Result<> check_alive() override { return {}; }

  std::array<std::byte, 64> config{};
  int mapped = 0;

 private:
  std::string name_ = "notebook";
};

TEST(Function, NumbersAreLittleEndian) {
  Notebook function;
  ASSERT_TRUE(function.write32(RegionId::config, 0, 0x12348086));
  EXPECT_EQ(function.config[0], std::byte{0x86});
  EXPECT_EQ(*function.read32(RegionId::config, 0), 0x12348086U);
  EXPECT_EQ(function.identity()->vendor, 0x8086);
  EXPECT_EQ(function.identity()->device, 0x1234);
}

TEST(Function, BusMasteringIsOnOrOffWithMemorySpaceAndLeavesOtherBits) {
  Notebook function;
  ASSERT_TRUE(function.write_config16(4, 0x0404));
  ASSERT_TRUE(function.set_bus_master(false));
  EXPECT_EQ(*function.read_config16(4), 0x0402);
  ASSERT_TRUE(function.set_bus_master(true));
  EXPECT_EQ(*function.read_config16(4), 0x0406);
  ASSERT_TRUE(function.set_bus_master(false));
  EXPECT_EQ(*function.read_config16(4), 0x0402);
}

TEST(DmaMapping, EndsOnceHoweverItWasMoved) {
  const auto function = std::make_shared<Notebook>();
  {
    const auto memory = memory::Region::allocate("test", 2_MiB);
    ASSERT_TRUE(memory);
    auto first = DmaMapping::create(function, *memory);
    ASSERT_TRUE(first);
    DmaMapping second = *std::move(first);
    DmaMapping third;
    third = std::move(second);
    EXPECT_EQ(third.length(), 2_MiB);
    EXPECT_EQ(function->mapped, 1);
  }
  EXPECT_EQ(function->mapped, 0);
}

TEST(DmaMapping, ARefusedOneIsNeverTakenBack) {
  const auto function = std::make_shared<Notebook>();
  EXPECT_FALSE(DmaMapping::create(function, memory::Region{}));
  EXPECT_EQ(function->mapped, 0);
}

}  // namespace
}  // namespace bulkhead::bus
