// Several queue pairs of the modelled device, over vfio-user.
#include "bulkhead/driver/ixgbe/rss.hpp"

#include <gtest/gtest.h>

#include "bulkhead/driver/ixgbe/ixgbe.hpp"

#include "tests/driver/frames.hpp"
#include "tests/driver/ixgbe/modelled_nic.hpp"
#include "tests/driver/rss_vectors.hpp"

namespace bulkhead::ixgbe {
namespace {

using driver::frame_of;
using driver::make_pool;
using driver::published_rss_vectors;
using driver::RssVector;

class RssTest : public ::testing::Test {
 protected:
  void open(driver::Rss rss = {}) {
    auto nic = Ixgbe::open(model_.function(),
                           {.pools = {pool_, pool_, pool_, pool_}, .rss = std::move(rss)});
    ASSERT_TRUE(nic) << nic.error().message();
    nic_ = *std::move(nic);
  }
  Frame frame(const RssVector& flow, uint8_t protocol) {
    const Frame plain = driver::frame_to(nic_->mac(), 60);
    std::array<std::byte, 12> header{};
    std::copy_n(plain.begin(), header.size(), header.begin());
    return frame_of(flow, protocol, header);
  }
  /// Whether a frame that is put on the wire now comes out of this queue.
  bool arrives(const Frame& frame, uint32_t queue) {
    model_.cable().put(frame);
    const auto frames =
        driver::receive_for_a_while(*nic_, pool_, 1, QueueId{static_cast<uint16_t>(queue)});
    return frames == std::vector<Frame>{frame};
  }

  ModelledNic model_;
  std::shared_ptr<queue::Pool> pool_ = *queue::Pool::create({.buffers = 8192});
  std::unique_ptr<driver::Nic> nic_;
};

TEST_F(RssTest, TakesTheQueuePairsInTurnByTheHash) {
  open();
  for (const RssVector& flow : published_rss_vectors()) {
    EXPECT_TRUE(arrives(frame(flow, driver::tcp), flow.with_ports % 128 % 4)) << flow.source;
    EXPECT_TRUE(arrives(frame(flow, driver::udp), flow.by_addresses % 128 % 4)) << flow.source;
  }
}

TEST_F(RssTest, WhatIsNotIpGoesToQueuePair0) {
  open();
  EXPECT_TRUE(arrives(driver::frame_to(nic_->mac(), 60), 0));
}

TEST_F(RssTest, TheTableCanBeGiven) {
  open({.table = {QueueId{3}, QueueId{1}}});
  for (const RssVector& flow : published_rss_vectors())
    EXPECT_TRUE(arrives(frame(flow, driver::tcp), flow.with_ports % 2 == 0 ? 3 : 1)) << flow.source;
}

TEST_F(RssTest, TheTableCanBeChanged) {
  open();
  ASSERT_TRUE(nic_->set_indirection_table(std::array{QueueId{2}}));
  for (const RssVector& flow : published_rss_vectors())
    EXPECT_TRUE(arrives(frame(flow, driver::tcp), 2)) << flow.source;
}

TEST_F(RssTest, AnotherKeySpreadsOtherwise) {
  driver::Rss rss;
  rss.key.fill(0);  // of which every hash is 0
  open(rss);
  for (const RssVector& flow : published_rss_vectors())
    EXPECT_TRUE(arrives(frame(flow, driver::tcp), 0)) << flow.source;
}

TEST_F(RssTest, RefusesATableThatTheDeviceCannotHave) {
  open();
  const auto refusal = [&](const std::vector<QueueId>& table) {
    const auto result = nic_->set_indirection_table(table);
    return result ? std::string{} : result.error().message();
  };
  EXPECT_TRUE(refusal({}).contains("an indirection table of 0 entries"));
  EXPECT_TRUE(refusal(std::vector<QueueId>(3)).contains("a power of two up to 128"));
  EXPECT_TRUE(refusal(std::vector<QueueId>(256)).contains("of 256 entries"));
  EXPECT_TRUE(refusal({QueueId{4}}).contains("there are 0 to 3"));
  nic_.reset();
  const auto nic =
      Ixgbe::open(model_.function(), {.pools = {pool_, pool_}, .rss = {.table = {QueueId{2}}}});
  EXPECT_EQ(nic.error().code, ErrorCode::invalid_argument);
}

TEST_F(RssTest, OneQueuePairHasNoTable) {
  const auto nic = Ixgbe::open(model_.function(), {.pools = {pool_}});
  ASSERT_TRUE(nic) << nic.error().message();
  EXPECT_EQ((*nic)->set_indirection_table(std::array{QueueId{0}}).error().code,
            ErrorCode::unsupported);
}

}  // namespace
}  // namespace bulkhead::ixgbe
