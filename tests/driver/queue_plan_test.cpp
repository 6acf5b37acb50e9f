#include "bulkhead/driver/queue_plan.hpp"

#include <array>

#include <gtest/gtest.h>

namespace bulkhead::driver {
namespace {

constexpr std::array pages{4_KiB, 8_KiB};
constexpr Bytes rings = 64_KiB;

QueuePairPlan a_plan() {
  return {.family = QueueFamily::ixgbe,
          .rx = {.ring = 0, .page = 0, .doorbell = 0x18},
          .tx = {.ring = 8192, .page = 1, .doorbell = 0x1018},
          .tx_head = 16384,
          .buffers_at = 0x1'0000'0040,
          .virtio = {}};
}

TEST(QueuePlan, OneThatLiesInsideIsFine) {
  EXPECT_TRUE(check(a_plan(), rings, pages));
  auto last = a_plan();
  last.tx.ring = rings.value() - 8192;
  last.tx_head = rings.value() - 4;
  last.tx.doorbell = 8192 - 4;
  EXPECT_TRUE(check(last, rings, pages));
}

TEST(QueuePlan, WhatLiesOutsideOrUnalignedIsRefused) {
  const auto refused = [](auto change) {
    auto plan = a_plan();
    change(plan);
    return !check(plan, rings, pages);
  };
  EXPECT_TRUE(refused([](auto& plan) { plan.rx.ring = rings.value() - 8192 + 128; }));
  EXPECT_TRUE(refused([](auto& plan) { plan.rx.ring = ~uint64_t{127}; }));
  EXPECT_TRUE(refused([](auto& plan) { plan.rx.ring = 16; }));
  EXPECT_TRUE(refused([](auto& plan) { plan.tx_head = rings.value(); }));
  EXPECT_TRUE(refused([](auto& plan) { plan.tx_head = 16386; }));
  EXPECT_TRUE(refused([](auto& plan) { plan.rx.page = 2; }));
  EXPECT_TRUE(refused([](auto& plan) { plan.rx.doorbell = 4096; }));
  EXPECT_TRUE(refused([](auto& plan) { plan.tx.doorbell = 0x1016; }));
  EXPECT_TRUE(refused([](auto& plan) { plan.family = QueueFamily{0}; }));
}

TEST(QueuePlan, OnlyA82599HasAHeadWord) {
  auto plan = a_plan();
  plan.tx_head = ~uint64_t{0};
  for (const auto family : {QueueFamily::e1000e, QueueFamily::e1000e_legacy_rx}) {
    plan.family = family;
    EXPECT_TRUE(check(plan, rings, pages));
  }
}

}  // namespace
}  // namespace bulkhead::driver
