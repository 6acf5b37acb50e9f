// The driver of Intel's 82599, X540 and X550.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/bus/function.hpp"
#include "bulkhead/driver/ixgbe/devices.hpp"
#include "bulkhead/driver/ixgbe/filters.hpp"
#include "bulkhead/driver/ixgbe/queue_pages.hpp"
#include "bulkhead/driver/ixgbe/registers.hpp"
#include "bulkhead/driver/ixgbe/rx_queue.hpp"
#include "bulkhead/driver/ixgbe/statistics.hpp"
#include "bulkhead/driver/ixgbe/tx_queue.hpp"
#include "bulkhead/driver/nic.hpp"
#include "bulkhead/driver/pool_mappings.hpp"
#include "bulkhead/memory/region.hpp"

namespace bulkhead::ixgbe {

class Ixgbe final : public driver::Nic {
 public:
  /// Resets the device, starts its link and its queues; the link may come up later. Takes at most
  /// half a minute, however slow the device's answers are.
  /// Errors: `unsupported` for a device id that is not known or a BAR too small, `invalid_argument`
  /// for a configuration out of range, `timeout` naming the register, and what the bus meets.
  static Result<std::unique_ptr<driver::Nic>> open(std::shared_ptr<bus::Function> function,
                                                   driver::Config config);
  ~Ixgbe() override;

  [[nodiscard]] const std::string& description() const override { return description_; }
  [[nodiscard]] uint32_t queues() const override {
    return static_cast<uint32_t>(config_.pools.size());
  }
  [[nodiscard]] queue::RxQueue& rx(QueueId queue) override { return *rx_[value_of(queue)]; }
  [[nodiscard]] queue::TxQueue& tx(QueueId queue) override { return *tx_[value_of(queue)]; }
  [[nodiscard]] driver::MacAddress mac() const override { return mac_; }
  [[nodiscard]] uint32_t mtu() const override { return config_.mtu; }
  Result<driver::Link> link() override;
  Result<> set_promiscuous(bool on) override;
  Result<> set_all_multicast(bool on) override;
  Result<> set_multicast_addresses(std::span<const driver::MacAddress> addresses) override;
  Result<> set_mac(driver::MacAddress address) override;
  Result<> set_unicast_addresses(std::span<const driver::MacAddress> addresses) override;
  Result<> set_indirection_table(std::span<const QueueId> table) override;
  Result<std::vector<driver::Statistic>> statistics() override;
  Result<> check_alive() override { return function_->check_alive(); }
  Result<driver::RelayEnd> relay_end(QueueId queue, driver::RelaySide side,
                                     const queue::Pool& frames) override;
  [[nodiscard]] bool in_place() const override { return config_.in_place; }
  Result<driver::QueuePlans> queue_plans() override;
  Result<> halt(driver::Rest rest) override;
  Result<> resume() override;
  [[nodiscard]] std::vector<int> descriptors() const override { return function_->descriptors(); }

 private:
  Ixgbe(std::shared_ptr<bus::Function> function, DeviceId device, Bar bar, driver::Config config);

  Result<> initialize();
  Result<> bring_up();
  Result<> start();
  Result<> map_memory();
  void create_queues();
  [[nodiscard]] driver::RelayEnd end_of(size_t queue) const;
  Result<> connect_events();
  Result<> start_receive();
  Result<> start_transmit();
  Result<> start_statistics();
  Result<> stop();
  Result<> reset_and_start();
  Result<> enable_rings();

  std::shared_ptr<bus::Function> function_;
  DeviceId device_;
  Bar bar_;
  driver::Config config_;
  std::string description_;
  driver::MacAddress mac_;
  ReceiveModes modes_;
  std::vector<driver::MacAddress> multicast_;
  std::vector<driver::MacAddress> unicast_;
  intel::Statistics statistics_{device_counters()};

  // Destruction goes from the last member to the first: queues, then what they use.
  bus::BarPages rx_page_;
  bus::BarPages tx_page_;
  QueuePages queue_pages_;       ///< instead of those two, if the queues are elsewhere
  std::vector<OwnedFd> events_;  ///< of queues that are elsewhere
  bool has_events_ = false;
  bool reset_needed_ = false;
  std::set<std::pair<QueueId, driver::RelaySide>> relay_ends_;  ///< that were given out
  memory::Region rings_;
  bus::DmaMapping rings_mapping_;
  driver::PoolMappings pools_;
  std::vector<std::unique_ptr<RxQueue>> rx_;
  std::vector<std::unique_ptr<TxQueue>> tx_;
};

}  // namespace bulkhead::ixgbe
