#include "tests/model/ixgbe/harness.hpp"

namespace bulkhead::model::ixgbe::test {
namespace {

template <class T>
T config(Harness& h, uint64_t offset) {
  std::array<std::byte, sizeof(T)> data{};
  EXPECT_TRUE(h.device->read_region(vfio_user::region_config, offset, data));
  return std::bit_cast<T>(data);
}

template <class T>
void set_config(Harness& h, uint64_t offset, T value) {
  EXPECT_TRUE(h.device->write_region(vfio_user::region_config, offset, to_bytes(value)));
}

TEST(ConfigSpace, IdentifiesAnEthernetController) {
  Options options;
  options.device_id = 0x10F7;
  Harness h{options};
  EXPECT_EQ(config<uint16_t>(h, 0), 0x8086);
  EXPECT_EQ(config<uint16_t>(h, 2), 0x10F7);
  EXPECT_EQ(config<uint32_t>(h, 8) >> 8U, 0x020000U);
}

TEST(ConfigSpace, BarsTellTheirSizes) {
  Harness h;
  set_config<uint32_t>(h, 0x10, 0xFFFFFFFF);
  set_config<uint32_t>(h, 0x20, 0xFFFFFFFF);
  EXPECT_EQ(~(config<uint32_t>(h, 0x10) & ~0xFU) + 1, 128U * 1024);
  EXPECT_EQ(~(config<uint32_t>(h, 0x20) & ~0xFU) + 1, 16U * 1024);
}

TEST(ConfigSpace, CapabilitiesFormAListWithMsix) {
  Harness h;
  std::vector<uint8_t> seen;
  for (auto at = config<uint8_t>(h, 0x34); at != 0; at = config<uint8_t>(h, at + 1U)) {
    ASSERT_LT(seen.size(), 8U);
    seen.push_back(config<uint8_t>(h, at));
    if (seen.back() == 0x11) {
      EXPECT_EQ((config<uint16_t>(h, at + 2U) & 0x7FFU) + 1, 64U);
    }
  }
  EXPECT_EQ(seen, (std::vector<uint8_t>{0x01, 0x05, 0x11, 0x10}));
}

TEST(ConfigSpace, WithoutBusMasterNothingIsMoved) {
  Harness h;
  h.start_rx();
  h.set_bus_master(false);
  h.wire->in.push_back(make_frame(60));
  h.work();
  EXPECT_FALSE(Harness::done(h.rx_status(0)));
  h.set_bus_master(true);
  h.work();
  EXPECT_TRUE(Harness::done(h.rx_status(0)));
}

TEST(ConfigSpace, FunctionLevelResetClearsBusMasterAndQueues) {
  Harness h;
  h.start_rx();
  set_config<uint16_t>(h, 0xA8, 0x8000);
  EXPECT_EQ(config<uint16_t>(h, 4) & 4U, 0U);
  EXPECT_EQ(h.read(rx0 + r_control) & enable, 0U);
  EXPECT_EQ(config<uint16_t>(h, 0xA8) & 0x8000U, 0U);
}

TEST(ConfigSpace, AReturnFromD3Resets) {
  Harness h;
  EXPECT_EQ(config<uint16_t>(h, 0x44) & 8U, 0U) << "No_Soft_Reset";
  h.start_rx();
  set_config<uint16_t>(h, 0x44, 3);
  EXPECT_EQ(h.read(rx0 + r_control) & enable, enable);
  set_config<uint16_t>(h, 0x44, 0);
  EXPECT_EQ(h.read(rx0 + r_control) & enable, 0U);
  EXPECT_EQ(config<uint16_t>(h, 4) & 4U, 0U) << "bus master";
}

TEST(ConfigSpace, MsixTableIsMemory) {
  Harness h;
  EXPECT_TRUE(h.device->write_region(4, 0x10, to_bytes(0x12345678U)));
  std::array<std::byte, 4> data{};
  EXPECT_TRUE(h.device->read_region(4, 0x10, data));
  EXPECT_EQ(std::bit_cast<uint32_t>(data), 0x12345678U);
}

TEST(ModelRegions, OnlyTheQueuePagesCanBeMapped) {
  Harness h;
  const auto bar0 = h.device->region(0);
  EXPECT_EQ(bar0.size, 128U * 1024);
  ASSERT_EQ(bar0.mappable.size(), 2U);
  EXPECT_EQ(bar0.mappable[0].offset, 0x1000U);
  EXPECT_EQ(bar0.mappable[1].offset, 0x6000U);
  EXPECT_EQ(h.device->region(2).size, 0U);
}

TEST(ModelRegions, AMappedQueuePageIsTheQueuesRegisters) {
  Harness h;
  h.start_rx();
  h.write(rx0 + r_control, 0);
  h.work();
  const auto page = Mapping::map(h.device->region(0).shared, 0x1000, 4_KiB);
  ASSERT_TRUE(page);
  h.wire->in.push_back(make_frame(60));
  shared::store_release<uint32_t>(page->bytes(), r_control, enable);
  h.work(600);
  EXPECT_TRUE(Harness::done(h.rx_status(0)));
  EXPECT_EQ(shared::load_acquire<uint32_t>(page->bytes(), r_head), 1U);
}

}  // namespace
}  // namespace bulkhead::model::ixgbe::test
