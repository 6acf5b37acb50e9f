#include "bulkhead/driver/virtio/in_flight.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace bulkhead::virtio {
namespace {

queue::DeviceValue<uint32_t> said(uint32_t id) {
  return queue::DeviceValue{id};
}

TEST(InFlight, WhatComesBackIsWhatWent) {
  InFlight<4> table;
  const auto id = table.add(Slot{7});
  EXPECT_EQ(table.count(), 1U);
  EXPECT_EQ(table.room(), 3U);
  EXPECT_EQ(table.remove(said(id.value())), Slot{7});
  EXPECT_EQ(table.count(), 0U);
}

TEST(InFlight, AnIdThatTheDeviceDoesNotHaveYieldsNothing) {
  InFlight<4> table;
  const auto id = table.add(Slot{7});
  EXPECT_FALSE(table.remove(said(id.value() + 1))) << "never given";
  EXPECT_FALSE(table.remove(said(4))) << "out of range";
  EXPECT_TRUE(table.remove(said(id.value())));
  EXPECT_FALSE(table.remove(said(id.value()))) << "given back already";
  EXPECT_EQ(table.room(), 4U);
}

TEST(InFlight, ADeviceThatKeepsTheOrderGetsTheIdsInTheRingsOrder) {
  InFlight<4> table;
  for (uint32_t i = 0; i < 3; ++i) EXPECT_EQ(table.add(Slot{i}).value(), i);
  for (uint32_t i = 3; i < 40; ++i) {
    EXPECT_EQ(table.add(Slot{i}).value(), i % 4);
    EXPECT_EQ(table.remove(said((i - 3) % 4)), Slot{i - 3});
  }
}

TEST(InFlight, InAnyOrderEveryIdIsOneBuffersAtATime) {
  InFlight<4> table;
  for (uint32_t i = 0; i < 4; ++i) static_cast<void>(table.add(Slot{i}));
  for (const uint32_t id : {2U, 0U, 3U}) EXPECT_EQ(table.remove(said(id)), Slot{id});
  std::vector<uint32_t> ids;
  for (uint32_t i = 4; i < 7; ++i) ids.push_back(table.add(Slot{i}).value());
  EXPECT_EQ(ids, (std::vector<uint32_t>{2, 0, 3}));
  EXPECT_EQ(table.room(), 0U);
  EXPECT_EQ(table.remove(said(1)), Slot{1}) << "it was with the device all the time";
  EXPECT_EQ(table.remove(said(3)), Slot{6});
}

TEST(InFlight, AllOfThemCanBeTakenBack) {
  InFlight<4> table;
  static_cast<void>(table.add(Slot{5}));
  static_cast<void>(table.add(Slot{6}));
  std::vector<Slot> taken;
  table.remove_all([&](Slot slot) { taken.push_back(slot); });
  EXPECT_EQ(taken, (std::vector<Slot>{Slot{5}, Slot{6}}));
  EXPECT_EQ(table.room(), 4U);
}

}  // namespace
}  // namespace bulkhead::virtio
