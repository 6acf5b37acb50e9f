// Queues of frames that a test puts there and takes away.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "bulkhead/queue/batch.hpp"
#include "bulkhead/queue/queues.hpp"

#include "tests/net/tcp_frames.hpp"

namespace bulkhead::net {

class Arrivals final : public queue::RxQueue {
 public:
  explicit Arrivals(queue::Pool& pool) : pool_(pool) {}
  uint32_t receive(queue::Batch& batch) override {
    if (asked) asked();
    uint32_t received = 0;
    for (; !waiting.empty() && batch.room() > 0; waiting.pop_front(), ++received) {
      auto packet = queue::Packet::allocate(pool_, static_cast<uint32_t>(waiting.front().size()));
      if (!packet) break;
      std::ranges::copy(waiting.front(), packet->bytes().begin());
      batch.add(*std::move(packet));
    }
    return received;
  }
  bool arm() override { return waiting.empty(); }
  [[nodiscard]] bool stopped() const override { return false; }
  [[nodiscard]] queue::QueueCounters counters() const override { return {}; }

  std::deque<Frame> waiting;
  std::function<void()> asked;  ///< called whenever somebody looks

 private:
  queue::Pool& pool_;
};

class Departures final : public queue::TxQueue {
 public:
  uint32_t send(queue::Batch& batch) override {
    if (asked) asked();
    uint32_t count = 0;
    for (; count < room && !batch.empty(); ++count) {
      const queue::Packet packet = batch.take_first();
      const auto bytes = packet.bytes();
      sent.emplace_back(bytes.begin(), bytes.end());
    }
    room -= count;
    return count;
  }
  void reclaim() override { ++reclaims; }
  [[nodiscard]] bool stopped() const override { return broken; }
  [[nodiscard]] queue::QueueCounters counters() const override { return {}; }

  uint32_t room = 1000;
  bool broken = false;
  std::function<void()> asked;  ///< called whenever somebody wants to send
  int reclaims = 0;
  std::vector<Frame> sent;
};

}  // namespace bulkhead::net
