// The interface of virtio 1.0 and later, over PCI capabilities (virtio 1.2, 4.1.4.3).
#pragma once

#include <memory>
#include <vector>

#include "bulkhead/driver/virtio/capabilities.hpp"
#include "bulkhead/driver/virtio/transport.hpp"

namespace bulkhead::virtio {

class ModernTransport final : public Transport {
 public:
  /// Errors: `unsupported` if a structure is missing, too small, or cannot be mapped.
  static Result<std::unique_ptr<Transport>> open(std::shared_ptr<bus::Function> function,
                                                 const Capabilities& capabilities);

  [[nodiscard]] std::string_view interface() const override { return "1.x"; }
  [[nodiscard]] bool is_legacy() const override { return false; }
  Result<> allow_dma(bool allowed) override { return function_->set_bus_master(allowed); }
  Result<uint8_t> status() override;
  Result<> set_status(uint8_t value) override;
  Result<uint64_t> device_features() override;
  Result<> set_driver_features(uint64_t features) override;
  Result<uint32_t> queue_size(uint16_t queue) override;
  Result<Notifier> start_queue(uint16_t queue, const QueuePlace& place) override;
  Result<NotifyWord> notify_word(uint16_t queue) override;
  Result<InterruptStatus> map_interrupt_status() override;
  [[nodiscard]] const Fields& device_config() const override { return device_; }
  Result<uint8_t> config_generation() override;

 private:
  /// All but the ISR status are there.
  ModernTransport(const std::shared_ptr<bus::Function>& function, const Capabilities& capabilities);
  /// Of the queue that is selected.
  Result<uint64_t> notify_offset(uint16_t queue);
  Result<Notifier> notifier_of(uint16_t queue);
  Result<> set_vector(Field<uint16_t> field, uint16_t vector);

  std::shared_ptr<bus::Function> function_;
  Fields common_;
  Fields device_;
  Place notify_;
  std::optional<Place> isr_;
  uint32_t multiplier_;
  /// The pages of the queues' notification words; they stay mapped for as long as the transport.
  std::vector<bus::BarPages> pages_;
};

}  // namespace bulkhead::virtio
