// The driver of Intel's 82574, with one queue pair.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/require.hpp"
#include "bulkhead/bus/function.hpp"
#include "bulkhead/driver/e1000e/registers.hpp"
#include "bulkhead/driver/e1000e/rx_queue.hpp"
#include "bulkhead/driver/e1000e/statistics.hpp"
#include "bulkhead/driver/e1000e/tx_queue.hpp"
#include "bulkhead/driver/nic.hpp"
#include "bulkhead/driver/pool_mappings.hpp"
#include "bulkhead/memory/region.hpp"

namespace bulkhead::e1000e {

class E1000e final : public driver::Nic {
 public:
  struct Options {
    /// Both carry the same frames; legacy is what a device or a model has that knows no other.
    RxFormat rx_format = RxFormat::extended;
  };

  /// Resets the device, starts its link and its queues; the link may come up later. Takes at most
  /// half a minute, however slow the device's answers are. The device has a second queue pair,
  /// which this driver leaves alone. The MTU is at most 9,216; of each of the pool's buffers the
  /// device uses whole KiB, at most 15.
  /// Errors: `unsupported` for a device id that is not known or a BAR too small, `invalid_argument`
  /// for a configuration out of range, `timeout` naming the register, and what the bus meets.
  static Result<std::unique_ptr<driver::Nic>> open(std::shared_ptr<bus::Function> function,
                                                   driver::Config config, Options options);
  ~E1000e() override;

  [[nodiscard]] const std::string& description() const override { return description_; }
  [[nodiscard]] uint32_t queues() const override { return 1; }
  [[nodiscard]] queue::RxQueue& rx(QueueId queue) override {
    require(queue == QueueId{0});
    return *rx_;
  }
  [[nodiscard]] queue::TxQueue& tx(QueueId queue) override {
    require(queue == QueueId{0});
    return *tx_;
  }
  [[nodiscard]] driver::MacAddress mac() const override { return mac_; }
  [[nodiscard]] uint32_t mtu() const override { return config_.mtu; }
  Result<driver::Link> link() override;
  Result<> set_promiscuous(bool on) override;
  Result<> set_all_multicast(bool on) override;
  Result<> set_multicast_addresses(std::span<const driver::MacAddress> addresses) override;
  Result<> set_mac(driver::MacAddress address) override;
  Result<> set_unicast_addresses(std::span<const driver::MacAddress> addresses) override;
  Result<std::vector<driver::Statistic>> statistics() override;
  Result<> check_alive() override { return function_->check_alive(); }
  Result<driver::QueuePlans> queue_plans() override;
  Result<> halt(driver::Rest rest) override;
  Result<> resume() override;
  [[nodiscard]] std::vector<int> descriptors() const override { return function_->descriptors(); }

 private:
  E1000e(std::shared_ptr<bus::Function> function, std::string_view device, Bar bar,
         driver::Config config, Options options);

  Result<> initialize();
  Result<> map_memory();
  Result<> create_queues();
  Result<> connect_event();
  Result<> start();
  Result<> stop();

  std::shared_ptr<bus::Function> function_;
  Bar bar_;
  driver::Config config_;
  Options options_;
  std::string description_;
  driver::MacAddress mac_;
  bool promiscuous_ = false;
  bool all_multicast_ = false;
  intel::Statistics statistics_{device_counters()};

  // Destruction goes from the last member to the first: queues, then what they use.
  OwnedFd event_;  ///< of a queue that is elsewhere
  bool has_event_ = false;
  std::vector<driver::MacAddress> multicast_;
  std::vector<driver::MacAddress> unicast_;
  bus::BarPages rx_page_;
  bus::BarPages tx_page_;
  memory::Region rings_;
  bus::DmaMapping rings_mapping_;
  driver::PoolMappings pools_;
  std::unique_ptr<intel::RxQueue> rx_;
  std::optional<TxQueue> tx_;
};

}  // namespace bulkhead::e1000e
