// The interface of a device that is a vhost-user back end: messages in the place of registers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/vhost_user/back_end.hpp"
#include "bulkhead/driver/virtio/transport.hpp"

namespace bulkhead::virtio {

/// What a back end does not have is the front end's to be: the device status, and a configuration,
/// of which nothing is offered here, so that address, MTU and link are the driver's defaults.
class VhostTransport final : public Transport {
 public:
  explicit VhostTransport(std::shared_ptr<vhost_user::BackEnd> back_end);

  [[nodiscard]] std::string_view interface() const override { return "1.x"; }
  [[nodiscard]] bool is_legacy() const override { return false; }
  /// A ring that does not run is not looked at: there is nothing to forbid.
  Result<> allow_dma(bool /*allowed*/) override { return {}; }
  Result<uint8_t> status() override;
  /// 0 stops the rings; DRIVER_OK lets them run.
  Result<> set_status(uint8_t value) override;
  Result<uint64_t> device_features() override;
  Result<> set_driver_features(uint64_t features) override;
  Result<uint32_t> queue_size(uint16_t queue) override;
  Result<Notifier> start_queue(uint16_t queue, const QueuePlace& place) override;
  Result<NotifyWord> notify_word(uint16_t queue) override;
  Result<InterruptStatus> map_interrupt_status() override;
  [[nodiscard]] driver::DoorbellCall doorbell_call() const override {
    return driver::DoorbellCall::write;
  }
  [[nodiscard]] std::vector<int> descriptors() const override;
  [[nodiscard]] const Fields& device_config() const override { return no_config_; }
  Result<uint8_t> config_generation() override { return uint8_t{0}; }

 private:
  /// A pipe, with the back end at its other end: unlike an eventfd's, its flags are each end's own.
  struct Kick {
    OwnedFd write;
    OwnedFd read;  ///< kept, so that a back end that dies leaves no pipe without a reader
  };

  std::shared_ptr<vhost_user::BackEnd> back_end_;
  Fields no_config_;
  uint8_t status_ = 0;
  uint64_t features_ = 0;
  std::map<uint16_t, Kick> kicks_;  ///< of the rings that were started
};

}  // namespace bulkhead::virtio
