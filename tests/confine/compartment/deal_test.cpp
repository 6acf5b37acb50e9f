#include "bulkhead/confine/compartment/deal.hpp"

#include <array>
#include <set>

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include "bulkhead/confine/compartment/message.hpp"

namespace bulkhead::confine {
namespace {

OwnedFd a_descriptor() {
  return OwnedFd{::eventfd(0, EFD_CLOEXEC)};
}

/// Of so many queue pairs, whose receive queues' registers lie in a page for two of them each, and
/// those of all transmit queues in a last one.
driver::QueuePlans plans_of(uint32_t pairs) {
  driver::QueuePlans all{
      .rings = a_descriptor(), .rings_size = 2_MiB, .pages = {}, .pairs = {}, .events = {}};
  for (uint32_t page = 0; page <= pairs / 2; ++page)
    all.pages.push_back(
        {.fd = a_descriptor(), .file_offset = 4096 * page, .length = 4_KiB, .offset = {}});
  for (uint32_t pair = 0; pair < pairs; ++pair) {
    all.pairs.push_back(
        {.rx = {.ring = uint64_t{16512} * pair, .page = pair / 2, .doorbell = 24},
         .tx = {.ring = uint64_t{16512} * pair + 8192, .page = pairs / 2, .doorbell = 24},
         .tx_head = uint64_t{16512} * pair + 16384,
         .virtio = {}});
    all.events.push_back(a_descriptor());
  }
  return all;
}

Supplies supplies(uint32_t pairs) {
  Supplies all{.options = {.batch = 64},
               .work = ForwardWork{.touch = 1},
               .ports = {},
               .pools = {},
               .interfaces = {}};
  for (int port = 0; port < 2; ++port) all.ports.push_back(plans_of(pairs));
  for (uint32_t pair = 0; pair < pairs; ++pair)
    all.pools.push_back(*queue::Pool::create({.buffers = 64 + pair}));
  return all;
}

int descriptor(const Share& share, uint32_t place) {
  return share.descriptors.at(place - 2);
}

TEST(Deal, EachWorkerHasItsOwnPairsWithWhatBelongsToThem) {
  const auto all = supplies(5);
  const auto share = deal(all, 1, 3);  // pairs 1 and 4
  ASSERT_EQ(share.job.pools.size(), 2U);
  EXPECT_EQ(descriptor(share, share.job.pools[0].descriptor), all.pools[1]->region().fd());
  EXPECT_EQ(descriptor(share, share.job.pools[1].descriptor), all.pools[4]->region().fd());
  EXPECT_EQ(share.job.pools[1].buffers, 68U);
  ASSERT_EQ(share.job.ports.size(), 2U);
  for (size_t port = 0; port < 2; ++port) {
    const auto& part = share.job.ports[port];
    const auto& plans = all.ports[port];
    EXPECT_EQ(descriptor(share, part.rings), plans.rings.get());
    ASSERT_EQ(part.pairs.size(), 2U);
    for (uint32_t i = 0; i < 2; ++i) {
      const uint32_t pair = i == 0 ? 1 : 4;
      EXPECT_EQ(part.pairs[i].pool, i);
      EXPECT_EQ(part.pairs[i].plan.rx.ring, plans.pairs[pair].rx.ring);
      EXPECT_EQ(part.pairs[i].plan.has_event, 1U);
      EXPECT_EQ(descriptor(share, part.pairs[i].event), plans.events[pair].get());
      const auto& page = part.pages.at(part.pairs[i].plan.rx.page);
      EXPECT_EQ(descriptor(share, page.descriptor), plans.pages[pair / 2].fd.get());
      EXPECT_EQ(page.file_offset, plans.pages[pair / 2].file_offset);
    }
  }
}

TEST(Deal, NothingOfTheOthersIsAmongTheDescriptors) {
  const auto all = supplies(6);
  const auto share = deal(all, 1, 3);  // pairs 1 and 4: pages 0, 2 and the last
  std::set<int> expected{all.pools[1]->region().fd(), all.pools[4]->region().fd()};
  for (const auto& plans : all.ports) {
    expected.insert(plans.rings.get());
    for (const size_t page : {0U, 2U, 3U}) expected.insert(plans.pages[page].fd.get());
    for (const size_t pair : {1U, 4U}) expected.insert(plans.events[pair].get());
  }
  EXPECT_EQ(std::set<int>(share.descriptors.begin(), share.descriptors.end()), expected);
  EXPECT_EQ(share.descriptors.size(), expected.size()) << "each once";
}

TEST(Deal, EachPairGoesToOneWorkerAndNobodyHasMuchMoreThanOthers) {
  const auto all = supplies(7);
  std::multiset<uint64_t> rings;
  for (uint32_t number = 0; number < 3; ++number) {
    const auto share = deal(all, number, 3);
    EXPECT_GE(share.job.pools.size(), 2U);
    EXPECT_LE(share.job.pools.size(), 3U);
    for (const auto& pair : share.job.ports[0].pairs) rings.insert(pair.plan.rx.ring);
  }
  std::multiset<uint64_t> expected;
  for (const auto& pair : all.ports[0].pairs) expected.insert(pair.rx.ring);
  EXPECT_EQ(rings, expected);
}

TEST(Deal, AShareIsAJobThatAWorkerTakes) {
  const auto all = supplies(4);
  for (uint32_t workers = 1; workers <= 4; ++workers)
    for (uint32_t number = 0; number < workers; ++number) {
      const auto share = deal(all, number, workers);
      const auto descriptors = static_cast<uint32_t>(share.descriptors.size() + 2);
      EXPECT_TRUE(parse_job(encode(share.job, descriptors)));
    }
}

TEST(Deal, OptionsAndWorkAreTheSameForAll) {
  const auto all = supplies(2);
  for (uint32_t number = 0; number < 2; ++number) {
    const auto share = deal(all, number, 2);
    EXPECT_EQ(share.job.options.batch, 64U);
    EXPECT_EQ(std::get<ForwardWork>(share.job.work).touch, 1U);
    EXPECT_NE(share.job.options.control, share.job.options.wake);
  }
}

TEST(Deal, QueuesWithoutInterruptsHaveNoDescriptorsForThem) {
  auto all = supplies(2);
  for (auto& plans : all.ports) plans.events.clear();
  const auto share = deal(all, 0, 2);
  EXPECT_EQ(share.job.ports[0].pairs[0].plan.has_event, 0U);
  EXPECT_EQ(share.descriptors.size(), 1U + 2 * (1 + 2));
}

TEST(Deal, AnInterfacesQueuesGoWithTheirPairs) {
  auto all = supplies(3);
  all.ports.pop_back();
  for (int queue = 0; queue < 3; ++queue) all.interfaces.push_back(a_descriptor());
  all.work = NetdevWork{.longest_frame = 1518};
  const auto share = deal(all, 0, 2);  // pairs 0 and 2
  const auto& work = std::get<NetdevWork>(share.job.work);
  EXPECT_EQ(work.longest_frame, 1518U);
  ASSERT_EQ(work.queues.size(), 2U);
  EXPECT_EQ(descriptor(share, work.queues[0]), all.interfaces[0].get());
  EXPECT_EQ(descriptor(share, work.queues[1]), all.interfaces[2].get());
}

/// As those of virtio devices are: a page for each queue's doorbell.
driver::QueuePlans plans_with_pages_of_their_own(uint32_t pairs) {
  auto all = plans_of(pairs);
  all.pages.clear();
  for (uint32_t page = 0; page < 2 * pairs; ++page)
    all.pages.push_back(
        {.fd = a_descriptor(), .file_offset = 4096 * page, .length = 4_KiB, .offset = {}});
  for (uint32_t pair = 0; pair < pairs; ++pair) {
    all.pairs[pair].rx.page = 2 * pair;
    all.pairs[pair].tx.page = 2 * pair + 1;
  }
  return all;
}

TEST(Deal, AShareThatIsTooLargeForAWorkerIsToldWithARemedy) {
  auto all = supplies(64);
  all.ports.clear();
  all.ports.push_back(plans_with_pages_of_their_own(64));
  EXPECT_TRUE(check_share(deal(all, 0, 2)));
  const auto pages = check_share(deal(all, 0, 1));
  ASSERT_FALSE(pages);
  EXPECT_EQ(pages.error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(pages.error().what.starts_with("64 queue pairs are too many for one worker"));
  EXPECT_NE(pages.error().remedy.find("--workers"), std::string::npos);
}

TEST(Deal, WhatIsTooLargeIsWhatAWorkerDoesNotTake) {
  for (const uint32_t pairs : {32U, 33U, 42U, 43U, 63U, 64U}) {
    for (const bool own_pages : {false, true}) {
      auto all = supplies(pairs);
      if (own_pages)
        for (auto& port : all.ports) port = plans_with_pages_of_their_own(pairs);
      const auto share = deal(all, 0, 1);
      const auto descriptors = static_cast<uint32_t>(share.descriptors.size() + 2);
      EXPECT_EQ(check_share(share).has_value(),
                parse_job(encode(share.job, descriptors)).has_value())
          << pairs << (own_pages ? " with pages of their own" : "");
    }
  }
}

TEST(Deal, NoTwoPoolsAreInOneMemory) {
  const auto apart = supplies(3);
  EXPECT_TRUE(check_pools(apart.pools));
  const auto result = check_pools(std::array{apart.pools[0], apart.pools[1], apart.pools[0]});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what, "the pools of queue pairs 0 and 2 are in one memory");
  EXPECT_FALSE(check_pools(*queue::Pool::create_for_cores({.buffers = 128}, 2)));
}

TEST(Deal, EveryWorkerNeedsAPair) {
  EXPECT_TRUE(check_workers(1, 1));
  EXPECT_TRUE(check_workers(4, 4));
  EXPECT_EQ(check_workers(0, 4).error().code, ErrorCode::invalid_argument);
  const auto too_many = check_workers(3, 2);
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().what, "3 workers for 2 queue pairs");
}

}  // namespace
}  // namespace bulkhead::confine
