// A port that carries nothing, and whose queues stop when a test says so.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bulkhead/driver/nic.hpp"

#include "tests/queue/fake_queues.hpp"

namespace bulkhead::app {

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

  queue::FakeQueues pair;

 private:
  std::string name_;
};

}  // namespace bulkhead::app
