#include "tests/model/ixgbe/harness.hpp"

namespace bulkhead::model::ixgbe::test {
namespace {

constexpr uint32_t advanced_no_rs = 0x23300000;
constexpr uint32_t advanced_not_last = 0x22300000;

TEST(Tx, AdvancedDescriptorsAreSentAndReported) {
  Harness h;
  h.start_tx();
  const auto first = make_frame(60, 1);
  const auto second = make_frame(1514, 2);
  h.put_tx_frame(0, first, advanced_no_rs);
  h.put_tx_frame(1, second);
  h.set_tx_tail(2);
  h.work();
  ASSERT_EQ(h.wire->out.size(), 2U);
  EXPECT_EQ(h.wire->out[0], first);
  EXPECT_EQ(h.wire->out[1], second);
  EXPECT_EQ(h.tx_status(0) >> 32U & 1U, 0U) << "RS was not asked for";
  EXPECT_EQ(h.tx_status(1) >> 32U & 1U, 1U);
  EXPECT_EQ(h.read(tx0 + r_head), 2U);
}

TEST(Tx, LegacyDescriptorsAreSentAndReported) {
  Harness h;
  h.start_tx();
  const auto frame = make_frame(80);
  h.put_tx_frame(0, frame, 0x0B000000);
  h.set_tx_tail(1);
  h.work();
  ASSERT_EQ(h.wire->out.size(), 1U);
  EXPECT_EQ(h.wire->out[0], frame);
  EXPECT_EQ(h.tx_status(0), 0x0B000000ULL | 80U | 1ULL << 32U);
}

TEST(Tx, TailMayBeWrittenBeforeTheQueueIsEnabled) {
  Harness h;
  h.start_tx();
  h.write(tx0 + r_control, 0);
  h.put_tx_frame(0, make_frame(60));
  h.set_tx_tail(1);
  h.work();
  EXPECT_TRUE(h.wire->out.empty());
  h.write(tx0 + r_control, enable);
  h.work();
  EXPECT_EQ(h.wire->out.size(), 1U);
}

TEST(Tx, NothingLeavesBeforeTransmitIsEnabledGlobally) {
  Harness h;
  h.start_tx();
  h.write(dmatxctl, 0);
  h.put_tx_frame(0, make_frame(60));
  h.set_tx_tail(1);
  h.work();
  EXPECT_TRUE(h.wire->out.empty());
}

TEST(Tx, HeadWriteBackTakesThePlaceOfDescriptorDone) {
  Harness h;
  h.start_tx();
  h.write(tx0 + 0x38, static_cast<uint32_t>(Harness::iova + Harness::extra) | 1U);
  h.write(tx0 + 0x3C, static_cast<uint32_t>(Harness::iova >> 32U));
  h.put_tx_frame(0, make_frame(60), advanced_no_rs);
  h.set_tx_tail(1);
  h.work();
  EXPECT_EQ(h.get64(Harness::extra), 0U) << "nobody asked";
  h.put_tx_frame(1, make_frame(60));
  h.set_tx_tail(2);
  h.work();
  EXPECT_EQ(h.get64(Harness::extra), 2U);
  EXPECT_EQ(h.tx_status(1) >> 32U & 1U, 0U);
}

TEST(Tx, FramesOfSeveralDescriptorsAreJoined) {
  Harness h;
  h.start_tx();
  const auto frame = make_frame(300);
  std::ranges::copy(frame, h.memory().subspan(Harness::tx_buffers).begin());
  const uint64_t at = Harness::iova + Harness::tx_buffers;
  h.put_tx(0, at, 100, advanced_not_last);
  h.put_tx(1, at + 100, 150, advanced_not_last);
  h.set_tx_tail(2);
  h.work();
  EXPECT_TRUE(h.wire->out.empty()) << "the end is not there yet";
  EXPECT_EQ(h.read(tx0 + r_head), 0U);
  h.put_tx(2, at + 250, 50);
  h.set_tx_tail(3);
  h.work();
  ASSERT_EQ(h.wire->out.size(), 1U);
  EXPECT_EQ(h.wire->out[0], frame);
}

TEST(Tx, ShortFramesArePadded) {
  Harness h;
  h.start_tx();
  auto frame = make_frame(42);
  h.put_tx_frame(0, frame);
  h.set_tx_tail(1);
  h.work();
  ASSERT_EQ(h.wire->out.size(), 1U);
  frame.resize(60);
  EXPECT_EQ(h.wire->out[0], frame);
}

TEST(Tx, AWireWithoutRoomKeepsFramesInTheirDescriptors) {
  Harness h;
  h.start_tx();
  h.wire->room = 1;
  for (uint32_t i = 0; i < 3; ++i) h.put_tx_frame(i, make_frame(60, static_cast<uint8_t>(i)));
  h.set_tx_tail(3);
  h.work();
  EXPECT_EQ(h.read(tx0 + r_head), 1U);
  h.wire->room = 9;
  h.work();
  ASSERT_EQ(h.wire->out.size(), 3U);
  EXPECT_EQ(h.wire->out[2], make_frame(60, 2));
}

TEST(Tx, SeveralQueuesAreServed) {
  Harness h;
  for (const uint32_t queue : {0U, 3U, 15U}) {
    h.start_tx(queue);
    h.put_tx_frame(queue, make_frame(60), 0x2B300000, queue);
    h.put_tx(0, Harness::iova + Harness::tx_buffers + queue * Harness::buffer_size, 60, 0x2B300000,
             queue);
    h.set_tx_tail(1, queue);
  }
  h.work();
  EXPECT_EQ(h.wire->out.size(), 3U);
}

TEST(TxOffload, ChecksumsAreInsertedByContext) {
  Harness h;
  h.start_tx();
  auto frame = make_frame(60);
  static constexpr std::array<uint8_t, 28> packet{
      0x45, 0, 0,  46, 0, 0, 0, 0, 64, 17, 0xFF, 0xFF, 10,   0,
      0,    1, 10, 0,  0, 2, 0, 7, 0,  9,  0,    26,   0x14, 0x2E};  // pseudo header's sum
  frame[12] = std::byte{8};
  frame[13] = std::byte{0};
  std::ranges::transform(packet, frame.begin() + 14, [](uint8_t b) { return std::byte{b}; });
  h.put64(Harness::tx_ring, 14U << 9U | 20U);
  h.put64(Harness::tx_ring + 8, 0x20200000U | 1U << 10U);  // IPv4, UDP
  h.put_tx_frame(1, frame);
  h.put64(Harness::tx_ring + 24, h.get64(Harness::tx_ring + 24) | 3ULL << 40U);
  h.set_tx_tail(2);
  h.work();
  ASSERT_EQ(h.wire->out.size(), 1U);
  const auto& out = h.wire->out[0];
  const auto sum = [&](size_t from, size_t to, uint32_t start) {
    for (size_t i = from; i < to; i += 2)
      start += std::to_integer<uint32_t>(out[i]) << 8U | std::to_integer<uint32_t>(out[i + 1]);
    start = (start & 0xFFFFU) + (start >> 16U);
    return (start & 0xFFFFU) + (start >> 16U);
  };
  EXPECT_EQ(sum(14, 34, 0), 0xFFFFU);
  const uint32_t pseudo = 0x142E;
  EXPECT_EQ(sum(34, 60, pseudo), 0xFFFFU);
}

TEST(TxOffload, VlanTagIsInserted) {
  Harness h;
  h.start_tx();
  const auto frame = make_frame(100);
  h.put_tx_frame(0, frame, 0x4B000000);
  h.put64(Harness::tx_ring + 8, h.get64(Harness::tx_ring + 8) | 0x0123ULL << 48U);
  h.set_tx_tail(1);
  h.work();
  ASSERT_EQ(h.wire->out.size(), 1U);
  auto tagged = frame;
  static constexpr std::array tag{std::byte{0x81}, std::byte{0x00}, std::byte{0x01},
                                  std::byte{0x23}};
  tagged.insert(tagged.begin() + 12, tag.begin(), tag.end());
  EXPECT_EQ(h.wire->out[0], tagged);
}

TEST(Statistics, CountBothWaysAndClearOnRead) {
  Harness h;
  h.start_rx();
  h.start_tx();
  h.write(fctrl, 1U << 10U);
  h.wire->in.push_back(make_frame(60));
  auto broadcast = make_frame(1000);
  std::fill_n(broadcast.begin(), 6, std::byte{0xFF});
  h.wire->in.push_back(broadcast);
  h.put_tx_frame(0, make_frame(60));
  h.set_tx_tail(1);
  h.work();
  EXPECT_EQ(h.read(0x4074), 2U) << "GPRC";
  EXPECT_EQ(h.read(0x4074), 0U);
  EXPECT_EQ(h.read(0x4078), 1U) << "BPRC";
  EXPECT_EQ(h.read(0x4088), 64U + 1004U) << "GORCL";
  EXPECT_EQ(h.read(0x408C), 0U) << "GORCH, which clears both";
  EXPECT_EQ(h.read(0x4088), 0U);
  EXPECT_EQ(h.read(0x405C), 1U) << "PRC64";
  EXPECT_EQ(h.read(0x406C), 1U) << "PRC1023";
  EXPECT_EQ(h.read(0x4080), 1U) << "GPTC";
  EXPECT_EQ(h.read(0x4090), 64U) << "GOTCL";
  EXPECT_EQ(h.read(0x40D8), 1U) << "PTC64";
  EXPECT_EQ(h.read(0x1030), 2U) << "QPRC";
  EXPECT_EQ(h.read(0x8680), 1U) << "QPTC";
}

}  // namespace
}  // namespace bulkhead::model::ixgbe::test
