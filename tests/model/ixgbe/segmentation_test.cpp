#include "model/ixgbe/segmentation.hpp"

#include "tests/model/ixgbe/harness.hpp"

namespace bulkhead::model::ixgbe::test {
namespace {

constexpr size_t mac_length = 14, ip_length = 20, tcp_length = 20;
constexpr size_t headers_length = mac_length + ip_length + tcp_length;
constexpr uint32_t segment_size = 1000;
constexpr uint64_t in_order = 1ULL << 10U | 1ULL << 11U;  // TUCMD: IPv4, TCP

void put(Frame& frame, size_t at, uint32_t value, size_t width) {
  for (size_t i = 0; i < width; ++i)
    frame.at(at + i) = static_cast<std::byte>(value >> 8U * (width - 1 - i));
}

uint32_t get(const Frame& frame, size_t at, size_t width) {
  uint32_t value = 0;
  for (size_t i = 0; i < width; ++i)
    value = value << 8U | std::to_integer<uint32_t>(frame.at(at + i));
  return value;
}

uint32_t sum(const Frame& frame, size_t from, size_t to, uint32_t start = 0) {
  for (size_t i = from; i < to; i += 2)
    start += get(frame, i, 1) << 8U | (i + 1 < to ? get(frame, i + 1, 1) : 0);
  while (start > 0xFFFF) start = (start & 0xFFFFU) + (start >> 16U);
  return start;
}

/// What a TCP segment's words add up to if its checksum is right.
uint32_t tcp_sum(const Frame& frame) {
  const size_t l4 = mac_length + ip_length;
  const auto length = static_cast<uint32_t>(frame.size() - l4);
  return sum(frame, l4, frame.size(), sum(frame, 26, 34) + 6 + length);
}

/// An IPv4 and TCP frame as software hands it over: all flags set, sequence number 0xFFFFFFFF, the
/// checksum's field holds the pseudo header's sum without the length.
Frame make_request(size_t payload) {
  auto frame = make_frame(headers_length + payload);
  put(frame, 12, 0x0800, 2);
  put(frame, 14, 0x4500, 2);
  put(frame, 16, 0, 2);
  put(frame, 18, 0xFFFF, 2);
  put(frame, 20, 0x4000, 2);
  put(frame, 22, 0x4006, 2);
  put(frame, 24, 0, 2);
  put(frame, 26, 0x0A000001, 4);
  put(frame, 30, 0x0A000002, 4);
  put(frame, 34, 0x04D2162E, 4);
  put(frame, 38, 0xFFFFFFFF, 4);
  put(frame, 42, 7, 4);
  put(frame, 46, 0x5FFF, 2);
  put(frame, 48, 0x1000, 2);
  put(frame, 50, sum(frame, 26, 34, 6), 2);
  put(frame, 52, 0, 2);
  return frame;
}

/// A context in slot 0, and the request in slot 1 as one descriptor.
void send(Harness& h, const Frame& request, uint64_t tucmd = in_order,
          uint64_t mss = segment_size) {
  h.start_tx();
  h.put64(Harness::tx_ring, mac_length << 9U | ip_length);
  h.put64(Harness::tx_ring + 8, 0x20200000ULL | tucmd | tcp_length << 40U | mss << 48U);
  std::ranges::copy(request, h.memory().subspan(Harness::tx_buffers).begin());
  h.put_tx(1, Harness::iova + Harness::tx_buffers, static_cast<uint32_t>(request.size()),
           0xAB300000);
  h.put64(Harness::tx_ring + 24, h.get64(Harness::tx_ring + 24) | 3ULL << 40U);
  h.set_tx_tail(2);
  h.work();
}

TEST(Segmentation, CutsARequestIntoFramesThatAReceiverTakes) {
  Harness h;
  const auto request = make_request(2500);
  send(h, request);
  ASSERT_EQ(h.wire->out.size(), 3U);
  Frame payload;
  for (uint32_t i = 0; i < 3; ++i) {
    const auto& frame = h.wire->out.at(i);
    EXPECT_EQ(frame.size(), headers_length + (i < 2 ? 1000 : 500));
    EXPECT_EQ(get(frame, 16, 2), frame.size() - mac_length) << "IP's total length";
    EXPECT_EQ(get(frame, 18, 2), (0xFFFF + i) & 0xFFFFU) << "IP's identification";
    EXPECT_EQ(get(frame, 38, 4), 0xFFFFFFFF + i * segment_size) << "TCP's sequence number";
    EXPECT_EQ(sum(frame, 14, 34), 0xFFFFU) << "IP's checksum";
    EXPECT_EQ(tcp_sum(frame), 0xFFFFU) << "TCP's checksum";
    payload.insert(payload.end(), frame.begin() + headers_length, frame.end());
  }
  EXPECT_TRUE(std::ranges::equal(payload, std::span{request}.subspan(headers_length)));
  EXPECT_EQ(h.device->trouble().offloads_ignored, 0U);
  EXPECT_EQ(h.tx_status(1) >> 32U & 1U, 1U) << "the request is done";
}

TEST(Segmentation, FlagsAreLeftToTheSegmentsThatTheyAreFor) {
  Harness h;
  send(h, make_request(3 * segment_size));
  ASSERT_EQ(h.wire->out.size(), 3U);
  EXPECT_EQ(get(h.wire->out[0], 46, 2), 0x5FF6U) << "no FIN, no PSH";
  EXPECT_EQ(get(h.wire->out[1], 46, 2), 0x5F76U) << "nor CWR";
  EXPECT_EQ(get(h.wire->out[2], 46, 2), 0x5F7FU) << "no CWR";
}

TEST(Segmentation, GoesOnWhereTheWireHadNoMoreRoom) {
  Harness h;
  h.wire->room = 2;
  send(h, make_request(5 * segment_size));
  EXPECT_EQ(h.wire->out.size(), 2U);
  EXPECT_EQ(h.tx_status(1) >> 32U & 1U, 0U);
  h.wire->room = 9;
  h.work();
  ASSERT_EQ(h.wire->out.size(), 5U);
  for (uint32_t i = 0; i < 5; ++i)
    EXPECT_EQ(get(h.wire->out.at(i), 38, 4), 0xFFFFFFFF + i * segment_size);
  EXPECT_EQ(h.tx_status(1) >> 32U & 1U, 1U);
}

TEST(Segmentation, UdpDatagramsAreCutToo) {
  Harness h;
  auto request = make_request(1500 - tcp_length + 8);
  put(request, 22, 0x4011, 2);
  put(request, 40, sum(request, 26, 34, 17), 2);
  h.start_tx();
  h.put64(Harness::tx_ring, mac_length << 9U | ip_length);
  h.put64(Harness::tx_ring + 8, 0x20200000ULL | 1ULL << 10U | 8ULL << 40U | 1000ULL << 48U);
  std::ranges::copy(request, h.memory().subspan(Harness::tx_buffers).begin());
  h.put_tx(1, Harness::iova + Harness::tx_buffers, static_cast<uint32_t>(request.size()),
           0xAB300000);
  h.put64(Harness::tx_ring + 24, h.get64(Harness::tx_ring + 24) | 3ULL << 40U);
  h.set_tx_tail(2);
  h.work();
  ASSERT_EQ(h.wire->out.size(), 2U);
  for (const auto& frame : h.wire->out) {
    const auto length = static_cast<uint32_t>(frame.size() - mac_length - ip_length);
    EXPECT_EQ(get(frame, 38, 2), length);
    EXPECT_EQ(sum(frame, 34, frame.size(), sum(frame, 26, 34) + 17 + length), 0xFFFFU);
  }
}

TEST(Segmentation, AContextThatMakesNoSenseDropsTheRequest) {
  struct Case {
    const char* name;
    uint64_t tucmd;
    uint64_t mss;
    size_t payload;
  };
  for (const auto& [name, tucmd, mss, payload] :
       {Case{"no segment size", in_order, 0, 2000}, Case{"SCTP", 2ULL << 11U, 1000, 2000},
        Case{"segments too large for a frame", in_order, 0xFFFF, 2000}}) {
    Harness h;
    send(h, make_request(payload), tucmd, mss);
    EXPECT_TRUE(h.wire->out.empty()) << name;
    EXPECT_EQ(h.device->trouble().malformed_descriptors, 1U) << name;
    EXPECT_EQ(h.tx_status(1) >> 32U & 1U, 1U) << name;
  }
}

TEST(Segmentation, HeadersLongerThanTheRequestAreRefused) {
  const Frame request(headers_length);
  Offload offload;
  offload.context = {
      .mac_length = 14, .ip_length = 20, .l4_type = 1, .l4_length = 20, .segment_size = 100};
  EXPECT_FALSE(Segmentation::plan(offload, request)) << "no payload";
  const Frame longer(headers_length + 1);
  const auto segments = Segmentation::plan(offload, longer);
  ASSERT_TRUE(segments);
  EXPECT_EQ(segments->count(), 1U);
}

}  // namespace
}  // namespace bulkhead::model::ixgbe::test
