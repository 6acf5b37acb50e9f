// The driver of virtio network devices.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/bus/function.hpp"
#include "bulkhead/bus/vhost_user/back_end.hpp"
#include "bulkhead/driver/nic.hpp"
#include "bulkhead/driver/pool_mappings.hpp"
#include "bulkhead/driver/virtio/card.hpp"
#include "bulkhead/driver/virtio/control_queue.hpp"
#include "bulkhead/driver/virtio/queue_factory.hpp"
#include "bulkhead/driver/virtio/rx_queue.hpp"
#include "bulkhead/driver/virtio/transport.hpp"
#include "bulkhead/driver/virtio/tx_queue.hpp"
#include "bulkhead/memory/region.hpp"

namespace bulkhead::virtio {

/// The device's name; none for one that is not the driver's.
std::optional<std::string_view> find_device(bus::Identity identity);

class VirtioNet final : public driver::Nic {
 public:
  struct Options {
    bool packed = true;  ///< packed rings where the device has them
    /// No IOMMU stands between the device and memory, whose physical addresses the function hands
    /// out. Only then may the device ignore an IOMMU or have the legacy interface alone.
    bool physical = false;
  };

  /// Resets the device, agrees on features and starts the queues.
  /// Errors: `unsupported` for a device that offers too little, `invalid_argument` for a
  /// configuration out of range, `hostile_device`, `timeout`, and what the bus meets.
  static Result<std::unique_ptr<VirtioNet>> open(std::shared_ptr<bus::Function> function,
                                                 driver::Config config, Options options);
  /// The same for a vhost-user back end; only Options::packed counts.
  static Result<std::unique_ptr<VirtioNet>> open_vhost_user(
      const std::shared_ptr<vhost_user::BackEnd>& back_end, driver::Config config, Options options);
  ~VirtioNet() override;

  [[nodiscard]] const std::string& description() const override { return description_; }
  [[nodiscard]] uint32_t queues() const override {
    return static_cast<uint32_t>(config_.pools.size());
  }
  [[nodiscard]] queue::RxQueue& rx(QueueId queue) override { return *rx_[value_of(queue)]; }
  [[nodiscard]] queue::TxQueue& tx(QueueId queue) override { return *tx_[value_of(queue)]; }
  [[nodiscard]] driver::MacAddress mac() const override { return card_.mac; }
  [[nodiscard]] uint32_t mtu() const override { return config_.mtu; }
  Result<driver::Link> link() override;
  // A device without the feature that one of these needs is an error (`unsupported`): best effort
  // is what a device makes of such a command, not of its absence (virtio 1.2, 5.1.6.5.1).
  Result<> set_promiscuous(bool on) override;
  Result<> set_all_multicast(bool on) override;
  Result<> set_multicast_addresses(std::span<const driver::MacAddress> addresses) override;
  Result<> set_mac(driver::MacAddress address) override;
  Result<> set_unicast_addresses(std::span<const driver::MacAddress> addresses) override;
  /// The device counts nothing. Errors: `device_gone` if it has stopped working.
  Result<std::vector<driver::Statistic>> statistics() override;
  Result<> check_alive() override { return function_->check_alive(); }
  Result<driver::QueuePlans> queue_plans() override;
  Result<> halt(driver::Rest rest) override;
  Result<> resume() override;
  [[nodiscard]] std::vector<int> descriptors() const override;
  [[nodiscard]] driver::DoorbellCall doorbell_call() const override {
    return transport_->doorbell_call();
  }

 private:
  /// A queue on its way: its number, ring and place in the rings' memory.
  struct Planned {
    uint16_t number;
    RingKind kind;
    size_t offset;
  };

  VirtioNet(std::shared_ptr<bus::Function> function, std::unique_ptr<Transport> transport,
            driver::Config config, Options options);

  static Result<std::unique_ptr<VirtioNet>> bring_up(std::unique_ptr<VirtioNet> nic);
  Result<> initialize();
  Result<> agree();
  Result<> plan_queues();
  Result<Planned> plan_queue(uint32_t number, uint32_t entries);
  Result<> map_memory();
  Result<> start_queues();
  Result<> start_pair(uint32_t pair);
  Result<driver::RingPlan> plan_ring(const Planned& queue, driver::QueuePlans& plans);
  Result<> restore_filters();
  Result<> connect_events();
  Result<Notifier> start_queue(const Planned& queue, std::optional<uint16_t> vector = {});
  Result<> start_device();
  Result<> stop();
  Result<> require_control(uint64_t feature, std::string_view what) const;
  [[nodiscard]] bool has(uint64_t feature) const { return (features_ & feature) == feature; }
  [[nodiscard]] std::span<std::byte> memory_of(const Planned& queue) const;
  [[nodiscard]] uint32_t header() const;
  [[nodiscard]] uint32_t longest_frame(uint32_t pair) const;

  std::shared_ptr<bus::Function> function_;
  std::unique_ptr<Transport> transport_;
  driver::Config config_;
  Options options_;
  std::string description_;
  uint64_t features_ = 0;
  Card card_{};
  std::vector<driver::MacAddress> unicast_;
  std::vector<driver::MacAddress> multicast_;
  std::vector<Planned> planned_;  ///< rx and tx of each pair in turn, and the control queue's
  size_t ring_bytes_ = 0;

  std::vector<OwnedFd> events_;  ///< of the pairs' rx queues; empty ones without interrupts
  std::optional<InterruptLine> line_;
  bool promiscuous_ = false;
  bool all_multicast_ = false;
  bool mac_changed_ = false;

  // Destruction goes from the last member to the first: queues, then what they use.
  memory::Region rings_;
  bus::DmaMapping rings_mapping_;
  driver::PoolMappings pools_;
  std::unique_ptr<ControlQueue> control_;
  std::vector<std::unique_ptr<RxQueue>> rx_;
  std::vector<std::unique_ptr<TxQueue>> tx_;
};

}  // namespace bulkhead::virtio
