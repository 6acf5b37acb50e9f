// Relays between ports of the modelled device, over vfio-user.
#include "bulkhead/net/relay.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/driver/intel/ring_memory.hpp"
#include "bulkhead/driver/ixgbe/ixgbe.hpp"

#include "tests/driver/frames.hpp"
#include "tests/driver/ixgbe/modelled_nic.hpp"

namespace bulkhead::net {
namespace {

using driver::Frame;
using ixgbe::Ixgbe;
using ixgbe::ModelledNic;
constexpr std::chrono::seconds patience{30};
constexpr QueueId first_pair{0};

std::unique_ptr<Port> open_in_place(ModelledNic& model, const RelayFrames& frames) {
  auto port = Ixgbe::open(model.function(), {.pools = {frames.pool()}, .in_place = true});
  EXPECT_TRUE(port) << port.error().message();
  return *std::move(port);
}

std::vector<Frame> put_frames(ModelledNic& model, unsigned count) {
  std::vector<Frame> frames;
  for (unsigned i = 0; i < count; ++i) {
    frames.push_back(driver::frame_to(driver::stranger, 60 + i * 7 % 1455, i));
    model.cable().put(frames.back());
  }
  return frames;
}

/// Steps until as many frames as wanted have left through the model's cable, or for a long time.
template <class Step>
void run_until(ModelledNic& model, size_t wanted, std::vector<Frame>& out, Step step) {
  const auto deadline = Deadline::after(patience);
  while (out.size() < wanted && !deadline.reached()) {
    if (step() == 0) std::this_thread::yield();
    for (auto& frame : model.cable().take()) out.push_back(std::move(frame));
  }
}

void expect_no_trouble(ModelledNic& model) {
  EXPECT_EQ(model.trouble().dma_violations, 0U);
  EXPECT_EQ(model.trouble().malformed_descriptors, 0U);
  EXPECT_EQ(model.trouble().unknown_registers, 0U);
}

class RelayBetweenPorts : public ::testing::Test {
 protected:
  std::array<ModelledNic, 2> models_;
  RelayFrames frames_ = *RelayFrames::create(2);
  std::array<std::unique_ptr<Port>, 2> ports_{open_in_place(models_[0], frames_),
                                              open_in_place(models_[1], frames_)};

  InPlace way(uint32_t from, Handling handling) {
    const auto relay =
        make_relay<1>(*ports_.at(from), {ports_.at(1 - from).get()}, first_pair, frames_, from);
    EXPECT_TRUE(relay) << relay.error().message();
    return InPlace{*relay, 32, handling};
  }
  void close() {
    for (auto& port : ports_) port.reset();
    for (auto& model : models_) expect_no_trouble(model);
  }
};

TEST_F(RelayBetweenPorts, FramesPassBothWaysAndInOrder) {
  auto there = way(0, Handling::touch);
  auto back = way(1, Handling::unchanged);
  auto expected_there = put_frames(models_[0], 2000);
  const auto expected_back = put_frames(models_[1], 1500);
  for (auto& frame : expected_there)
    frame[1] = static_cast<std::byte>(std::to_integer<unsigned>(frame[1]) + 1);
  std::vector<Frame> out_there;
  std::vector<Frame> out_back;
  const auto step = [&] { return there.step().sent + back.step().sent; };
  run_until(models_[1], expected_there.size(), out_there, step);
  run_until(models_[0], expected_back.size(), out_back, step);
  EXPECT_EQ(out_there, expected_there);
  EXPECT_EQ(out_back, expected_back);
  EXPECT_EQ(there.rx_counters().frames, 2000U);
  EXPECT_EQ(there.tx_counters().frames, 2000U);
  EXPECT_FALSE(there.stopped().tx);
  close();
}

TEST_F(RelayBetweenPorts, AnOutputThatFallsBehindLosesNothingAndLetsGoAgain) {
  auto there = way(0, Handling::unchanged);
  models_[1].cable().blocked = true;
  const auto expected = put_frames(models_[0], 3000);
  uint32_t relayed = 0;
  constexpr uint32_t until_full = ixgbe::ring_size - 2 * intel::row_size;
  ASSERT_TRUE(wait_until([&] { return (relayed += there.step().sent) >= until_full; }, patience));
  for (int i = 0; i < 1000; ++i) relayed += there.step().sent;
  EXPECT_LT(relayed, ixgbe::ring_size) << "a frame that was not sent was written over";
  models_[1].cable().blocked = false;
  std::vector<Frame> out;
  run_until(models_[1], expected.size(), out, [&] { return there.step().sent; });
  EXPECT_EQ(out, expected);
  close();
}

TEST_F(RelayBetweenPorts, CanBeOpenedAgain) {
  for (const unsigned count : {100U, 150U}) {
    for (auto& port : ports_) port.reset();
    for (size_t i = 0; i < 2; ++i) ports_.at(i) = open_in_place(models_.at(i), frames_);
    auto there = way(0, Handling::unchanged);
    const auto expected = put_frames(models_[0], count);
    std::vector<Frame> out;
    run_until(models_[1], expected.size(), out, [&] { return there.step().sent; });
    EXPECT_EQ(out, expected);
  }
  close();
}

TEST_F(RelayBetweenPorts, AnEndIsGivenOutOnce) {
  const auto relay = [&](size_t from, size_t to) {
    return make_relay<1>(*ports_.at(from), {ports_.at(to).get()}, first_pair, frames_, 0);
  };
  ASSERT_TRUE(relay(0, 1));
  const auto same_output = relay(1, 1);
  ASSERT_FALSE(same_output);
  EXPECT_EQ(same_output.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(same_output.error().message().find("an output"), std::string::npos);
  const auto same_input = relay(0, 0);
  ASSERT_FALSE(same_input);
  EXPECT_NE(same_input.error().message().find("the input"), std::string::npos);
}

TEST_F(RelayBetweenPorts, AnOutputTwiceIsRefused) {
  Port* const to = ports_[1].get();
  const auto relay = make_relay<2>(*ports_[0], {to, to}, first_pair, frames_, 0);
  ASSERT_FALSE(relay);
  EXPECT_EQ(relay.error().code, ErrorCode::invalid_argument);
}

TEST_F(RelayBetweenPorts, TheFramesOfOtherPortsAreRefused) {
  const auto other = *RelayFrames::create(2);
  const auto relay = make_relay<1>(*ports_[0], {ports_[1].get()}, first_pair, other, 0);
  ASSERT_FALSE(relay);
  EXPECT_EQ(relay.error().code, ErrorCode::invalid_argument);
}

TEST(InPlace, AFalseHeadIsTheOutputsFault) {
  using intel::RingMemory;
  const auto rings = *memory::Region::allocate("rings", RingMemory::size(1));
  const auto frames = *RelayFrames::create(1);
  alignas(4) std::array<std::byte, 8> tails{};
  const auto ring = [&](Bytes at) { return RingMemory::at<RingMemory::ring_bytes>(rings, at); };
  const auto head = RingMemory::at<4>(rings, RingMemory::head(0));
  const Relay<1> relay{frames.of(0),
                       {.ring = Relay<1>::Ring{ring(RingMemory::rx(0))},
                        .tail = regs::Doorbell{tails, 0},
                        .frames_at = Iova{}},
                       {Relay<1>::Output{.ring = Relay<1>::Ring{ring(RingMemory::tx(0))},
                                         .tail = regs::Doorbell{tails, 4},
                                         .report = ixgbe::HeadReport{head},
                                         .frames_at = Iova{}}}};
  InPlace way{relay, 32, Handling::unchanged};
  shared::store_release<uint32_t>(head, 0, 1);  // nothing has been sent
  EXPECT_EQ(way.step().received, 0U);
  EXPECT_TRUE(way.stopped().tx);
  EXPECT_FALSE(way.stopped().rx);
  EXPECT_EQ(way.tx_counters().bad_index, 1U);
  EXPECT_EQ(way.rx_counters().bad_index, 0U);
}

TEST(Relay, OneInputLeavesThroughWhatTheHandlerChooses) {
  std::array<ModelledNic, 3> models;
  const auto frames = *RelayFrames::create(1);
  std::array<std::unique_ptr<Port>, 3> ports;
  for (size_t i = 0; i < 3; ++i) ports.at(i) = open_in_place(models.at(i), frames);
  auto relay = make_relay<2>(*ports[0], {ports[1].get(), ports[2].get()}, first_pair, frames, 0);
  ASSERT_TRUE(relay) << relay.error().message();
  relay->start();
  const auto in = put_frames(models[0], 900);
  uint32_t number = 0;
  const auto step = [&] {
    return relay->run([&](std::span<std::byte>) {
      const uint32_t kind = number++ % 4;
      if (kind == 0) return To::nowhere();
      if (kind == 3) return To::output(0) | To::output(1);
      return To::output(kind - 1);
    });
  };
  std::array<std::vector<Frame>, 2> expected;
  for (size_t i = 0; i < in.size(); ++i) {
    if (i % 4 == 1 || i % 4 == 3) expected[0].push_back(in[i]);
    if (i % 4 == 2 || i % 4 == 3) expected[1].push_back(in[i]);
  }
  std::array<std::vector<Frame>, 2> out;
  for (size_t i = 0; i < 2; ++i)
    run_until(models.at(1 + i), expected.at(i).size(), out.at(i), step);
  EXPECT_EQ(out, expected);
  EXPECT_EQ(relay->rx_counters().frames, in.size());
}

TEST(Relay, APortWithQueuesHasNoEndForIt) {
  ModelledNic model;
  const auto frames = *RelayFrames::create(1);
  const auto port = *Ixgbe::open(model.function(), {.pools = {driver::make_pool()}});
  EXPECT_FALSE(port->in_place());
  const auto relay = make_relay<1>(*port, {port.get()}, first_pair, frames, 0);
  ASSERT_FALSE(relay);
  EXPECT_EQ(relay.error().code, ErrorCode::unsupported);
}

TEST(Relay, APortInPlaceHasNoInterrupts) {
  ModelledNic model;
  const auto frames = *RelayFrames::create(1);
  const auto port = Ixgbe::open(model.function(),
                                {.pools = {frames.pool()}, .interrupts = true, .in_place = true});
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().code, ErrorCode::invalid_argument);
}

TEST(RelayFrames, NothingOfThePoolIsFree) {
  const auto frames = *RelayFrames::create(3);
  EXPECT_FALSE(queue::Packet::allocate(*frames.pool(), 60));
  EXPECT_EQ(RelayFrames::create(1U << 20U).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace bulkhead::net
