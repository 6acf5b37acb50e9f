// The interface of before virtio 1.0, through an I/O BAR (virtio 1.2, 4.1.4.10).
#pragma once

#include <memory>

#include "bulkhead/driver/virtio/transport.hpp"

namespace bulkhead::virtio {

namespace legacy {
inline constexpr Field<uint32_t> device_features{0};
inline constexpr Field<uint32_t> driver_features{4};
inline constexpr Field<uint32_t> queue_address{8};
inline constexpr Field<uint16_t> queue_size{12};
inline constexpr Field<uint16_t> queue_select{14};
inline constexpr Field<uint16_t> queue_notify{16};
inline constexpr Field<uint8_t> device_status{18};
inline constexpr uint32_t device_config = 20;  ///< without MSI-X, which is not used here
}  // namespace legacy

/// Without an IOMMU only: a queue's address is a physical page number, and the device never asks
/// anybody. No interrupts; every notification is a system call.
class LegacyTransport final : public Transport {
 public:
  /// Errors: `unsupported` if BAR 0 is not there or too small.
  static Result<std::unique_ptr<Transport>> open(std::shared_ptr<bus::Function> function);

  [[nodiscard]] std::string_view interface() const override { return "legacy"; }
  [[nodiscard]] bool is_legacy() const override { return true; }
  Result<> allow_dma(bool allowed) override { return function_->set_bus_master(allowed); }
  Result<uint8_t> status() override { return header_.read(legacy::device_status); }
  Result<> set_status(uint8_t value) override {
    return header_.write(legacy::device_status, value);
  }
  Result<uint64_t> device_features() override;
  Result<> set_driver_features(uint64_t features) override;
  Result<uint32_t> queue_size(uint16_t queue) override;
  Result<Notifier> start_queue(uint16_t queue, const QueuePlace& place) override;
  Result<NotifyWord> notify_word(uint16_t queue) override;
  Result<InterruptStatus> map_interrupt_status() override;
  [[nodiscard]] const Fields& device_config() const override { return device_; }
  Result<uint8_t> config_generation() override { return uint8_t{0}; }

 private:
  explicit LegacyTransport(const std::shared_ptr<bus::Function>& function, uint32_t length);

  std::shared_ptr<bus::Function> function_;
  Fields header_;
  Fields device_;
};

}  // namespace bulkhead::virtio
