#include "tests/model/ixgbe/harness.hpp"

namespace bulkhead::model::ixgbe::test {
namespace {

TEST(Rx, AdvancedWriteBackReplacesBothQuadwords) {
  Harness h;
  h.start_rx();
  const auto frame = make_frame(100);
  h.wire->in.push_back(frame);
  h.work();
  EXPECT_EQ(h.get64(Harness::rx_ring), 0U) << "no packet type, no hash, and no address";
  EXPECT_EQ(h.rx_status(0) & 3U, 3U) << "DD and EOP";
  EXPECT_EQ(Harness::length(h.rx_status(0)), 100U);
  EXPECT_EQ(h.bytes_at(Harness::buffer_of(0), 100), frame);
  EXPECT_EQ(h.read(rx0 + r_head), 1U);
}

TEST(Rx, LegacyWriteBackKeepsTheAddress) {
  Harness h;
  h.start_rx(0, 16, 0);
  h.wire->in.push_back(make_frame(100));
  h.work();
  EXPECT_EQ(h.get64(Harness::rx_ring), Harness::iova + Harness::buffer_of(0));
  EXPECT_EQ(h.rx_status(0) & 0xFFFFU, 100U);
  EXPECT_EQ(h.rx_status(0) >> 32U & 3U, 3U);
}

TEST(Rx, RunsOnceAllThreeEnablesAreSetInAnyOrder) {
  Harness h;
  h.wire->in.push_back(make_frame(60));
  h.start_rx();
  h.write(rxctrl, 0);
  h.work();
  EXPECT_FALSE(Harness::done(h.rx_status(0))) << "RXCTRL.RXEN";
  h.write(rx0 + r_length, 0);
  h.write(rxctrl, 1);
  h.work();
  EXPECT_FALSE(Harness::done(h.rx_status(0))) << "RDLEN";
  h.write(rx0 + r_control, 0);
  h.write(rx0 + r_length, 256);
  h.work();
  EXPECT_FALSE(Harness::done(h.rx_status(0))) << "RXDCTL.ENABLE";
  h.write(rx0 + r_control, enable);
  h.work();
  EXPECT_TRUE(Harness::done(h.rx_status(0)));
}

TEST(Rx, GoesAroundTheRingAndStopsAtTheTail) {
  Harness h;
  h.start_rx(0, 16);
  for (int i = 0; i < 40; ++i) h.wire->in.push_back(make_frame(60, static_cast<uint8_t>(i)));
  h.work();
  EXPECT_EQ(h.read(rx0 + r_head), 15U);
  EXPECT_EQ(h.wire->in.size(), 25U) << "a wire that can wait loses nothing";
  for (uint32_t i = 0; i < 15; ++i)
    h.put64(Harness::rx_ring + i * 16, Harness::iova + Harness::buffer_of(i));
  h.write(rx0 + r_tail, 14);
  h.work();
  EXPECT_EQ(h.read(rx0 + r_head), 14U);
  EXPECT_EQ(h.wire->in.size(), 10U);
  EXPECT_EQ(h.bytes_at(Harness::buffer_of(13), 60), make_frame(60, 29));
}

TEST(Rx, AWireThatCannotWaitLosesAndTheLossIsCounted) {
  Harness h;
  h.wire->waits = false;
  h.start_rx(0, 16);
  for (int i = 0; i < 20; ++i) h.wire->in.push_back(make_frame(60));
  h.work();
  EXPECT_TRUE(h.wire->in.empty());
  EXPECT_EQ(h.read(0x3FA0), 5U) << "MPC";
  EXPECT_EQ(h.read(0x1430), 5U) << "QPRDC";
  EXPECT_EQ(h.read(0x4074), 15U) << "GPRC";
}

TEST(Rx, JumboFramesSpreadOverDescriptors) {
  Harness h;
  h.start_rx();
  h.set_bits(hlreg0, 1U << 2U);
  h.write(0x4268, 9728U << 16U);
  const auto frame = make_frame(5000);
  h.wire->in.push_back(frame);
  h.work();
  EXPECT_EQ(h.rx_status(0) & 3U, 1U);
  EXPECT_EQ(h.rx_status(1) & 3U, 1U);
  EXPECT_EQ(h.rx_status(2) & 3U, 3U);
  EXPECT_EQ(Harness::length(h.rx_status(0)), 2048U);
  EXPECT_EQ(Harness::length(h.rx_status(2)), 904U);
  EXPECT_EQ(h.bytes_at(Harness::buffer_of(0), 5000), frame);
}

TEST(Rx, FramesThatAreTooLongOrShortAreCountedNotDelivered) {
  Harness h;
  h.start_rx();
  h.wire->in.push_back(make_frame(1515));
  h.wire->in.push_back(make_frame(59));
  h.wire->in.push_back(make_frame(1514));
  h.work();
  EXPECT_EQ(h.read(0x40AC), 1U) << "ROC";
  EXPECT_EQ(h.read(0x40A4), 1U) << "RUC";
  EXPECT_EQ(Harness::length(h.rx_status(0)), 1514U);
  EXPECT_FALSE(Harness::done(h.rx_status(1)));
}

TEST(Rx, AVlanTagDoesNotCountAgainstTheLargestSize) {
  for (const bool jumbo : {false, true}) {
    Harness h;
    h.start_rx();
    if (jumbo) h.set_bits(hlreg0, 1U << 2U);
    h.write(0x4268, 3000U << 16U);
    const size_t largest = jumbo ? 2996 : 1514;
    const auto tagged = [](size_t size) {
      auto frame = make_frame(size);
      frame[12] = std::byte{0x81};
      frame[13] = std::byte{0x00};
      return frame;
    };
    h.wire->in.push_back(tagged(largest + 5));
    h.wire->in.push_back(make_frame(largest + 1));
    h.wire->in.push_back(tagged(largest + 4));
    h.work();
    EXPECT_EQ(h.read(0x40AC), 2U) << "ROC";
    EXPECT_EQ(h.bytes_at(Harness::buffer_of(0), largest + 4), tagged(largest + 4));
  }
}

TEST(Rx, TheLargestTaggedFrameFitsWithItsCrc) {
  Harness h;
  h.start_rx();
  h.write(hlreg0, (h.read(hlreg0) | 1U << 2U) & ~2U);
  h.write(0x4268, 0xFFFF0000);
  auto frame = make_frame(15872 + 4);
  frame[12] = std::byte{0x81};
  frame[13] = std::byte{0x00};
  h.wire->in.push_back(frame);
  h.work();
  EXPECT_EQ(h.bytes_at(Harness::buffer_of(0), frame.size()), frame);
  EXPECT_EQ(Harness::length(h.rx_status(7)), 15880U - 7 * 2048);
}

TEST(Rx, AFrameThatNoRingCouldHoldDoesNotBlockTheOthers) {
  Harness h;
  h.start_rx(0, 8, 1, 1);
  h.set_bits(hlreg0, 1U << 2U);
  h.write(0x4268, 15872U << 16U);
  h.wire->in.push_back(make_frame(9000));
  h.wire->in.push_back(make_frame(60));
  h.work();
  EXPECT_EQ(Harness::length(h.rx_status(0)), 60U);
}

TEST(Rx, CrcFollowsTheFrameUnlessItIsStripped) {
  Harness h;
  h.start_rx();
  h.write(hlreg0, h.read(hlreg0) & ~2U);
  Frame frame(60);
  std::ranges::copy(make_frame(14), frame.begin());
  h.wire->in.push_back(frame);
  h.work();
  EXPECT_EQ(Harness::length(h.rx_status(0)), 64U);
  // The CRC of a frame with its own CRC behind it is a constant: 0x2144DF1C, after inversion.
  uint32_t crc = ~0U;
  for (const std::byte b : h.bytes_at(Harness::buffer_of(0), 64)) {
    crc ^= std::to_integer<uint32_t>(b);
    for (int i = 0; i < 8; ++i) crc = (crc & 1U) != 0 ? crc >> 1U ^ 0xEDB88320U : crc >> 1U;
  }
  EXPECT_EQ(~crc, 0x2144DF1CU);
}

TEST(Rx, VlanTagIsStrippedAndReportedOnRequest) {
  Harness h;
  h.start_rx();
  h.write(rx0 + r_control, enable | 1U << 30U);
  auto frame = make_frame(100);
  frame[12] = std::byte{0x81};
  frame[13] = std::byte{0x00};
  frame[14] = std::byte{0x01};
  frame[15] = std::byte{0x23};
  h.wire->in.push_back(frame);
  h.work();
  EXPECT_EQ(Harness::length(h.rx_status(0)), 96U);
  EXPECT_EQ(h.rx_status(0) & 8U, 8U) << "VP";
  EXPECT_EQ(h.rx_status(0) >> 48U, 0x0123U);
  EXPECT_EQ(h.bytes_at(Harness::buffer_of(0) + 12, 84), Frame(frame.begin() + 16, frame.end()));
}

TEST(RxFilter, UnicastMulticastBroadcastAndPromiscuous) {
  Harness h;
  h.start_rx();
  auto unicast = make_frame(60);
  unicast[5] = std::byte{9};
  auto multicast = make_frame(60);
  std::ranges::copy(std::array{std::byte{1}, std::byte{0}, std::byte{0x5E}, std::byte{0},
                               std::byte{0x12}, std::byte{0x34}},
                    multicast.begin());
  auto broadcast = make_frame(60);
  std::fill_n(broadcast.begin(), 6, std::byte{0xFF});
  const auto accepted = [&](const Frame& frame) {
    const uint32_t before = h.read(rx0 + r_head);
    h.wire->in.push_back(frame);
    h.work();
    const uint32_t after = h.read(rx0 + r_head);
    h.write(rx0 + r_tail, (after + 15) % 16);
    for (uint32_t i = 0; i < 16; ++i)
      h.put64(Harness::rx_ring + i * 16, Harness::iova + Harness::buffer_of(i));
    return before != after;
  };
  EXPECT_TRUE(accepted(make_frame(60)));
  EXPECT_FALSE(accepted(unicast));
  EXPECT_FALSE(accepted(multicast));
  EXPECT_FALSE(accepted(broadcast));
  h.write(fctrl, 1U << 10U);
  EXPECT_TRUE(accepted(broadcast));
  h.write(fctrl, 1U << 9U);
  EXPECT_TRUE(accepted(unicast));
  EXPECT_FALSE(accepted(multicast));
  h.write(fctrl, 1U << 8U);
  EXPECT_TRUE(accepted(multicast));
  h.write(fctrl, 0);
  // MO = 0: bits 47:36 of the address, its last byte and a half, select the bit.
  constexpr uint32_t hash = 0x341;
  h.write(0x5200 + hash / 32 * 4, 1U << hash % 32);
  EXPECT_FALSE(accepted(multicast)) << "MFE is not set";
  h.write(0x5090, 1U << 2U);
  EXPECT_TRUE(accepted(multicast));
  h.write(0xA200 + 8, 0x68004202);
  h.write(0xA204 + 8, 0);
  EXPECT_FALSE(accepted(unicast));
  h.write(0xA200 + 8, 0x00684202);
  h.write(0xA204 + 8, 0x80000900);
  EXPECT_TRUE(accepted(unicast)) << "RAL[1] with AV";
}

TEST(RxFilter, VlanTableHoldsWhenItIsEnabled) {
  Harness h;
  h.start_rx();
  auto frame = make_frame(100);
  frame[12] = std::byte{0x81};
  frame[13] = std::byte{0x00};
  frame[14] = std::byte{0x00};
  frame[15] = std::byte{0x21};
  h.write(0x5088, 0x8100U | 1U << 30U);
  h.wire->in.push_back(frame);
  h.work();
  EXPECT_FALSE(Harness::done(h.rx_status(0)));
  h.write(0xA004, 1U << 1U);
  h.wire->in.push_back(frame);
  h.work();
  EXPECT_TRUE(Harness::done(h.rx_status(0)));
}

TEST(RxQueues, SpreadByAddressesReachesEveryEnabledQueue) {
  Options options;
  options.spread = Spread::addresses;
  Harness h{options};
  for (uint32_t queue = 0; queue < 4; ++queue) h.start_rx(queue);
  for (uint8_t flow = 0; flow < 4; ++flow) {
    auto frame = make_frame(60, flow);
    frame[11] = std::byte{flow};
    h.wire->in.push_back(frame);
  }
  h.work();
  for (uint32_t queue = 0; queue < 4; ++queue) EXPECT_TRUE(Harness::done(h.rx_status(0, queue)));
}

TEST(RxQueues, WithoutRssTheSiliconKnowsOnlyQueue0) {
  Harness h;
  for (uint32_t queue = 0; queue < 4; ++queue) h.start_rx(queue);
  for (uint8_t flow = 0; flow < 4; ++flow) {
    auto frame = make_frame(60, flow);
    frame[11] = std::byte{flow};
    h.wire->in.push_back(frame);
  }
  h.work();
  EXPECT_TRUE(Harness::done(h.rx_status(3, 0)));
  EXPECT_FALSE(Harness::done(h.rx_status(0, 1)));
}

TEST(RxQueues, HighQueuesHaveTheirOwnBlock) {
  Options options;
  options.spread = Spread::addresses;
  Harness h{options};
  h.start_rx(64, 8);
  h.wire->in.push_back(make_frame(60));
  h.work();
  EXPECT_TRUE(Harness::done(h.rx_status(0, 64)));
}

}  // namespace
}  // namespace bulkhead::model::ixgbe::test
