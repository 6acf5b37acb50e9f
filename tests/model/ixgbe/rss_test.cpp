#include "model/ixgbe/rss.hpp"

#include <gtest/gtest.h>

#include "tests/driver/rss_vectors.hpp"
#include "tests/model/ixgbe/harness.hpp"

namespace bulkhead::model::ixgbe::test {
namespace {

using driver::frame_of;
using driver::published_rss_vectors;
using driver::RssVector;

constexpr uint32_t mrqc = 0x5818, redirection = 0x5C00, random_key = 0x5C80;
constexpr uint32_t rss = 1, tcp_ipv4 = 1U << 16U, ipv4 = 1U << 17U, ipv6 = 1U << 20U,
                   tcp_ipv6 = 1U << 21U, udp_ipv4 = 1U << 22U, udp_ipv6 = 1U << 23U;

/// A device with RSS over `fields` whose table names queue 5 throughout.
class Spreading : public ::testing::Test {
 protected:
  explicit Spreading(const Options& options = {}) : h(options) {
    // The published key; 8.2.3.7.14 puts its first byte lowest.
    static constexpr std::array<uint32_t, 10> key{0xda565a6d, 0xc20e5b25, 0x3d256741, 0xb08fa343,
                                                  0xcb2bcad0, 0xb4307bae, 0xa32dcb77, 0x0cf23080,
                                                  0x3bb7426a, 0xfa01acbe};
    h.start_rx(0);
    h.start_rx(5);
    for (uint32_t i = 0; i < 10; ++i) h.write(random_key + i * 4, key.at(i));
    for (uint32_t i = 0; i < 32; ++i) h.write(redirection + i * 4, 0x05050505);
  }
  /// The first word that is written back for a frame of `flow`.
  uint64_t receive(const RssVector& flow, uint8_t protocol) {
    const Frame head = make_frame(60);
    std::array<std::byte, 12> header{};
    std::copy_n(head.begin(), header.size(), header.begin());
    h.wire->in.push_back(frame_of(flow, protocol, header));
    h.work();
    EXPECT_TRUE(Harness::done(h.rx_status(received_, 5))) << flow.source;
    return h.get64(Harness::rx_ring_of(5) + 16 * received_++);
  }

  Harness h;

 private:
  uint32_t received_ = 0;
};

/// The same, where what has no hash is spread by addresses over its queues 0 and 5.
class SpreadingAll : public Spreading {
 protected:
  SpreadingAll()
      : Spreading([] {
          Options options;
          options.spread = Spread::addresses;
          return options;
        }()) {}
};

TEST_F(Spreading, HashesThePublishedFlowsAsPublished) {
  h.write(mrqc, rss | tcp_ipv4 | ipv4 | ipv6 | tcp_ipv6);
  for (const RssVector& flow : published_rss_vectors()) {
    const bool four = flow.family == AF_INET;
    const uint64_t of_tcp = receive(flow, driver::tcp);
    EXPECT_EQ(of_tcp >> 32U, flow.with_ports) << flow.source;
    EXPECT_EQ(of_tcp & 0xFU, four ? 1U : 3U) << "the RSS type";
    EXPECT_EQ(of_tcp >> 4U & 0x15U, four ? 0x11U : 0x14U) << "IPv4 or IPv6, and TCP";
    if (!four) continue;  // sixteen descriptors are no more
    const uint64_t of_udp = receive(flow, driver::udp);
    EXPECT_EQ(of_udp >> 32U, flow.by_addresses) << flow.source;
    EXPECT_EQ(of_udp & 0xFU, 2U) << "IPv4 alone";
  }
}

TEST_F(Spreading, WithoutTheirFieldPortsDoNotCount) {
  h.write(mrqc, rss | ipv4 | ipv6);
  for (const RssVector& flow : published_rss_vectors())
    EXPECT_EQ(receive(flow, driver::tcp) >> 32U, flow.by_addresses) << flow.source;
}

TEST_F(Spreading, UdpsPortsCountOnlyIfTheyShall) {
  h.write(mrqc, rss | udp_ipv4 | udp_ipv6);
  for (const RssVector& flow : published_rss_vectors())
    EXPECT_EQ(receive(flow, driver::udp) >> 32U, flow.with_ports) << flow.source;
}

TEST_F(Spreading, WhatHasNoHashGoesToQueue0) {
  h.write(mrqc, rss | ipv4);
  h.wire->in.push_back(make_frame(60));
  h.work();
  EXPECT_TRUE(Harness::done(h.rx_status(0, 0)));
}

TEST_F(SpreadingAll, OnlyWhatHasNoHashIsSpreadByAddresses) {
  h.write(mrqc, rss | ipv4);
  for (uint8_t flow = 0; flow < 4; ++flow) {
    auto frame = make_frame(60, flow);
    frame[11] = std::byte{flow};
    h.wire->in.push_back(frame);
  }
  h.work();
  for (const uint32_t queue : {0U, 5U}) {
    EXPECT_TRUE(Harness::done(h.rx_status(1, queue)));
    EXPECT_FALSE(Harness::done(h.rx_status(2, queue)));
  }
}

TEST_F(SpreadingAll, WhatHasAHashGoesByTheTable) {
  h.write(mrqc, rss | ipv4);
  for (const RssVector& flow : published_rss_vectors())
    if (flow.family == AF_INET) receive(flow, driver::tcp);
}

}  // namespace
}  // namespace bulkhead::model::ixgbe::test
