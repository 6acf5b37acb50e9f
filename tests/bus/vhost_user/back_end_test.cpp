#include "bulkhead/bus/vhost_user/back_end.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include "tests/bus/vhost_user/fake_back_end.hpp"

namespace bulkhead::vhost_user {
namespace {

Result<std::shared_ptr<BackEnd>> open(FakeBackEnd& fake) {
  return BackEnd::adopt(fake.take_front_end(), "test");
}

memory::Region some_memory() {
  return *memory::Region::allocate("test", 2_MiB);
}

constexpr RingStart ring_at(Iova start, int kick) {
  return {.number = 1,
          .entries = 64,
          .base = 7,
          .descriptors = start,
          .driver_area = start + 4096_B,
          .device_area = start + 8192_B,
          .kick = kick,
          .event = {}};
}

TEST(VhostBackEnd, NobodyAtThePathIsNotFound) {
  const auto result = BackEnd::connect("/nowhere/a.sock");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::not_found);
  EXPECT_TRUE(result.error().message().starts_with("vhost-user:/nowhere/a.sock: "))
      << result.error().message();
}

TEST(VhostBackEnd, OneThatDoesNotAcknowledgeIsUnsupported) {
  for (const auto request : {Request::get_features, Request::get_protocol_features}) {
    FakeBackEnd fake{0, [request](const Message& message, Answer& answer) {
                       if (message.request == request)
                         answer.payload = vfio_user::payload_of(uint64_t{0});
                     }};
    const auto result = open(fake);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::unsupported);
    EXPECT_NE(result.error().message().find("REPLY_ACK"), std::string::npos);
  }
}

TEST(VhostBackEnd, ItReachesTheMemoryAtTheAddressesThatItIsTold) {
  FakeBackEnd fake;
  const auto back_end = *open(fake);
  const auto first = some_memory();
  const auto second = some_memory();
  const auto mapping_1 = *bus::DmaMapping::create(back_end, first);
  const auto mapping_2 = *bus::DmaMapping::create(back_end, second);
  second.bytes()[4096] = std::byte{0x5A};
  const OwnedFd kick{::eventfd(0, 0)};
  ASSERT_TRUE(back_end->start_ring(ring_at(mapping_2.address(), kick.get())));
  fake.with_state([&](FakeBackEnd& state) {
    ASSERT_EQ(state.memory.size(), 2U);
    EXPECT_EQ(state.at((mapping_2.address() + 4096_B).value())[0], std::byte{0x5A});
    EXPECT_EQ(state.at((mapping_2.address() + 2_MiB).value()).size(), 0U) << "a gap behind";
    const auto& ring = state.rings.at(1);
    EXPECT_EQ(ring.entries, 64U);
    EXPECT_EQ(ring.base, 7U);
    EXPECT_EQ(ring.address.descriptors, mapping_2.address().value());
    EXPECT_EQ(ring.address.available, (mapping_2.address() + 4096_B).value());
    EXPECT_EQ(ring.address.used, (mapping_2.address() + 8192_B).value());
    EXPECT_TRUE(ring.kick);
    EXPECT_FALSE(ring.call) << "no event was connected";
    EXPECT_FALSE(ring.enabled);
  });
}

TEST(VhostBackEnd, TheMemoryIsToldOnceAndAgainWhenItHasChanged) {
  FakeBackEnd fake;
  const auto back_end = *open(fake);
  const auto memory = some_memory();
  const OwnedFd kick{::eventfd(0, 0)};
  const auto tables = [&] {
    return fake.with_state(
        [](FakeBackEnd& state) { return std::ranges::count(state.told, Request::set_mem_table); });
  };
  {
    const auto mapping = *bus::DmaMapping::create(back_end, memory);
    ASSERT_TRUE(back_end->start_ring(ring_at(mapping.address(), kick.get())));
    ASSERT_TRUE(back_end->start_ring(ring_at(mapping.address(), kick.get())));
    EXPECT_EQ(tables(), 1);
    ASSERT_TRUE(back_end->stop_ring(1));
  }
  const auto mapping = *bus::DmaMapping::create(back_end, memory);
  ASSERT_TRUE(back_end->start_ring(ring_at(mapping.address(), kick.get())));
  EXPECT_EQ(tables(), 2);
  fake.with_state([](FakeBackEnd& state) { EXPECT_EQ(state.memory.size(), 1U); });
}

TEST(VhostBackEnd, MoreRegionsThanItTakesAreAnError) {
  FakeBackEnd fake;
  const auto back_end = *open(fake);
  const auto memory = some_memory();
  std::vector<bus::DmaMapping> mappings;
  for (size_t i = 0; i < most_regions; ++i)
    mappings.push_back(*bus::DmaMapping::create(back_end, memory));
  const auto ninth = bus::DmaMapping::create(back_end, memory);
  ASSERT_FALSE(ninth);
  EXPECT_EQ(ninth.error().code, ErrorCode::no_memory);
  mappings.pop_back();
  EXPECT_TRUE(bus::DmaMapping::create(back_end, memory));
}

TEST(VhostBackEnd, ARingsEventIsTheOneThatWasConnected) {
  FakeBackEnd fake;
  const auto back_end = *open(fake);
  const OwnedFd event{::eventfd(0, EFD_NONBLOCK)};
  ASSERT_EQ(back_end->interrupt_count(bus::InterruptKind::msix), 1U);
  EXPECT_EQ(back_end->interrupt_count(bus::InterruptKind::intx), 0U);
  ASSERT_TRUE(back_end->set_interrupts(bus::InterruptKind::msix, 0, std::array{event.get()}));
  EXPECT_FALSE(back_end->set_interrupts(bus::InterruptKind::msix, 1, std::array{event.get()}));
  auto ring = ring_at(Iova{0x1000}, event.get());
  ring.event = 0;
  ASSERT_TRUE(back_end->start_ring(ring));
  fake.with_state([](FakeBackEnd& state) { EXPECT_TRUE(state.rings.at(1).call); });
}

TEST(VhostBackEnd, AnEventThatIsNotConnectedIsAnErrorBeforeAnythingIsSent) {
  FakeBackEnd fake;
  const auto back_end = *open(fake);
  const auto told = [&] {
    return fake.with_state([](FakeBackEnd& state) { return state.told.size(); });
  };
  const size_t before = told();
  const OwnedFd event{::eventfd(0, EFD_NONBLOCK)};
  auto ring = ring_at(Iova{0x1000}, event.get());
  for (const uint16_t missing : std::array<uint16_t, 3>{0, 1, 0xFFFF}) {
    ring.event = missing;
    const auto result = back_end->start_ring(ring);
    ASSERT_FALSE(result) << missing;
    EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
  }
  EXPECT_EQ(told(), before);
}

TEST(VhostBackEnd, WhatIsToBeSentLaterMayBeClosedBefore) {
  FakeBackEnd fake;
  const auto back_end = *open(fake);
  auto event = OwnedFd{::eventfd(0, EFD_NONBLOCK)};
  ASSERT_TRUE(back_end->set_interrupts(bus::InterruptKind::msix, 0, std::array{event.get()}));
  event.reset();
  auto memory = std::make_optional(some_memory());
  const auto address = back_end->map_dma(*memory);
  ASSERT_TRUE(address);
  memory.reset();
  const OwnedFd kick{::eventfd(0, 0)};
  auto ring = ring_at(*address, kick.get());
  ring.event = 0;
  ASSERT_TRUE(back_end->start_ring(ring));
  fake.with_state([&](FakeBackEnd& state) {
    EXPECT_TRUE(state.rings.at(1).call);
    EXPECT_EQ(state.at(address->value()).size(), (2_MiB).value());
  });
}

TEST(VhostBackEnd, MemoryIsMappedAnewAsAWhole) {
  FakeBackEnd fake;
  const auto back_end = *open(fake);
  const auto memory = some_memory();
  const OwnedFd kick{::eventfd(0, 0)};
  const auto first = *bus::DmaMapping::create(back_end, memory);
  ASSERT_TRUE(back_end->start_ring(ring_at(first.address(), kick.get())));
  const auto second = *bus::DmaMapping::create(back_end, memory);
  EXPECT_EQ(back_end->start_ring(ring_at(second.address(), kick.get())).error().code,
            ErrorCode::invalid_argument);
}

TEST(VhostBackEnd, ARingRunsFromItsStartToItsStop) {
  FakeBackEnd fake;
  const auto back_end = *open(fake);
  const OwnedFd kick{::eventfd(0, 0)};
  const auto runs = [&] {
    return fake.with_state(
        [](FakeBackEnd& state) { return state.rings.at(1).started && state.rings.at(1).enabled; });
  };
  ASSERT_TRUE(back_end->start_ring(ring_at(Iova{0x1000}, kick.get())));
  EXPECT_FALSE(runs());
  ASSERT_TRUE(back_end->enable_ring(1));
  EXPECT_TRUE(runs());
  ASSERT_TRUE(back_end->stop_ring(1));
  EXPECT_FALSE(runs());
}

TEST(VhostBackEnd, AStopOfAnotherRingThanTheOneAskedForIsAProtocolError) {
  FakeBackEnd fake{0, [](const Message& message, Answer& answer) {
                     if (message.request == Request::get_vring_base)
                       answer.payload = vfio_user::payload_of(VringState{.index = 0, .value = 0});
                   }};
  const auto back_end = *open(fake);
  EXPECT_TRUE(back_end->stop_ring(0));
  const auto result = back_end->stop_ring(1);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::protocol);
  EXPECT_NE(result.error().message().find("GET_VRING_BASE: asked of ring 1"), std::string::npos);
}

TEST(VhostBackEnd, ItHasNoRegisters) {
  FakeBackEnd fake;
  const auto back_end = *open(fake);
  std::array<std::byte, 4> bytes{};
  EXPECT_EQ(back_end->region_size(bus::RegionId::bar0), 0_B);
  EXPECT_EQ(back_end->read(bus::RegionId::bar0, 0, bytes).error().code, ErrorCode::unsupported);
  EXPECT_EQ(back_end->write(bus::RegionId::bar0, 0, bytes).error().code, ErrorCode::unsupported);
  EXPECT_EQ(back_end->map_bar(bus::RegionId::bar0, 0_B, 4_B).error().code, ErrorCode::unsupported);
  EXPECT_EQ(back_end->reset().error().code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace bulkhead::vhost_user
