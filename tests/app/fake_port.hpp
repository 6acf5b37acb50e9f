// A port that carries nothing, and whose queues stop when a test says so.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bulkhead/driver/nic.hpp"
#include "bulkhead/queue/queues.hpp"

namespace bulkhead::app {

struct FakeQueues {
  class Rx final : public queue::RxQueue {
   public:
    uint32_t receive(queue::Batch& /*batch*/) override { return 0; }
    [[nodiscard]] bool arm() override { return true; }
    [[nodiscard]] bool stopped() const override { return broken; }
    [[nodiscard]] queue::QueueCounters counters() const override { return {}; }
    bool broken = false;
  };
  class Tx final : public queue::TxQueue {
   public:
    uint32_t send(queue::Batch& /*batch*/) override { return 0; }
    void reclaim() override {}
    [[nodiscard]] bool stopped() const override { return broken; }
    [[nodiscard]] queue::QueueCounters counters() const override { return {}; }
    bool broken = false;
  };
  Rx rx;
  Tx tx;
};

class FakePort final : public driver::Nic {
 public:
  explicit FakePort(std::string name = "fake") : name_(std::move(name)) {}

  [[nodiscard]] const std::string& description() const override { return name_; }
  [[nodiscard]] uint32_t queues() const override { return 1; }
  [[nodiscard]] queue::RxQueue& rx(QueueId /*queue*/) override { return pair.rx; }
  [[nodiscard]] queue::TxQueue& tx(QueueId /*queue*/) override { return pair.tx; }
  [[nodiscard]] driver::MacAddress mac() const override { return {}; }
  [[nodiscard]] uint32_t mtu() const override { return 1500; }
  Result<driver::Link> link() override { return driver::Link{}; }
  Result<> set_promiscuous(bool /*on*/) override { return {}; }
  Result<> set_all_multicast(bool /*on*/) override { return {}; }
  Result<> set_multicast_addresses(std::span<const driver::MacAddress> /*all*/) override {
    return {};
  }
  Result<> set_mac(driver::MacAddress /*address*/) override { return {}; }
  Result<> set_unicast_addresses(std::span<const driver::MacAddress> /*all*/) override {
    return {};
  }
  Result<std::vector<driver::Statistic>> statistics() override {
    return std::vector<driver::Statistic>{};
  }
  Result<> check_alive() override { return {}; }
  [[nodiscard]] std::vector<int> descriptors() const override { return {}; }

  FakeQueues pair;

 private:
  std::string name_;
};

}  // namespace bulkhead::app
