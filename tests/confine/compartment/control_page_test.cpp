#include "bulkhead/confine/compartment/control_page.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace bulkhead::confine {
namespace {

TEST(ControlPage, BothSidesSeeTheOthersWords) {
  auto broker = *ControlPage::create();
  auto worker = *ControlPage::adopt(*duplicate(broker.fd()));
  EXPECT_FALSE(worker.may_go());
  EXPECT_FALSE(worker.must_stop());
  EXPECT_EQ(broker.heartbeat(), 0U);
  broker.set_go();
  EXPECT_TRUE(worker.may_go());
  EXPECT_FALSE(worker.must_stop());
  broker.set_stop();
  EXPECT_TRUE(worker.must_stop());
  worker.beat(7);
  EXPECT_EQ(broker.heartbeat(), 7U);
  worker.write({.frames = {1, 2},
                .batches = 3,
                .busy_ticks = 4,
                .rx_stopped = {1, 0},
                .tx_stopped = {0, 1},
                .rx = {},
                .tx = {{{}, {.frames = 5, .bad_index = 6}}}});
  EXPECT_EQ(broker.heartbeat(), 7U);
  const auto counts = broker.counts();
  EXPECT_EQ(counts.frames, (std::array<uint64_t, 2>{1, 2}));
  EXPECT_EQ(counts.busy_ticks, 4U);
  EXPECT_EQ(counts.rx_stopped, (std::array<uint64_t, 2>{1, 0}));
  EXPECT_EQ(counts.tx_stopped, (std::array<uint64_t, 2>{0, 1}));
  EXPECT_EQ(counts.tx[1].frames, 5U);
  EXPECT_EQ(counts.tx[1].bad_index, 6U);
}

TEST(ControlPage, ProgressLeavesThePortsCountersAlone) {
  auto page = *ControlPage::create();
  Counts counts;
  counts.rx[0].frames = 9;
  page.write(counts);
  counts.rx[0].frames = 10;
  counts.frames[0] = 11;
  page.write_progress(counts);
  EXPECT_EQ(page.counts().frames[0], 11U);
  EXPECT_EQ(page.counts().rx[0].frames, 9U);
}

TEST(ControlPage, MemoryThatCanShrinkOrIsTooSmallIsRefused) {
  OwnedFd unsealed{::memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  ASSERT_EQ(::ftruncate(unsealed.get(), 4096), 0);
  EXPECT_FALSE(ControlPage::adopt(std::move(unsealed)));
  OwnedFd small{::memfd_create("small", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  ASSERT_EQ(::fcntl(small.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
  EXPECT_FALSE(ControlPage::adopt(std::move(small)));
}

TEST(ControlPage, LivesAddUp) {
  Counts all{.frames = {1, 2},
             .batches = 3,
             .busy_ticks = 4,
             .rx_stopped = {0, 1},
             .tx_stopped = {1, 0},
             .rx = {},
             .tx = {}};
  all += all;
  EXPECT_EQ(all.frames[1], 4U);
  EXPECT_EQ(all.batches, 6U);
  EXPECT_EQ(all.rx_stopped[1], 1U);
  EXPECT_EQ(all.tx_stopped[0], 1U);
}

}  // namespace
}  // namespace bulkhead::confine
