// What virtio asks of the bus between driver and device, whichever interface the device has
// (virtio 1.2, 4.1).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/bus/function.hpp"
#include "bulkhead/driver/doorbell_call.hpp"
#include "bulkhead/driver/virtio/fields.hpp"
#include "bulkhead/driver/virtio/notifier.hpp"

namespace bulkhead::virtio {

/// Device status bits (2.1).
namespace status {
inline constexpr uint8_t ACKNOWLEDGE = 1;
inline constexpr uint8_t DRIVER = 2;
inline constexpr uint8_t DRIVER_OK = 4;
inline constexpr uint8_t FEATURES_OK = 8;
inline constexpr uint8_t DEVICE_NEEDS_RESET = 64;
}  // namespace status

/// Where a queue's parts lie, as the device sees them, and how many entries it has.
struct QueuePlace {
  uint32_t entries;
  Iova descriptors;
  Iova driver_area;
  Iova device_area;
  std::optional<uint16_t> vector;  ///< the MSI-X vector that it signals, if any
};

/// The word that a queue is notified by.
struct NotifyWord {
  bus::RegionId bar;
  uint64_t offset;
};

class Transport {
 public:
  Transport() = default;
  virtual ~Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  Transport(Transport&&) = delete;
  Transport& operator=(Transport&&) = delete;

  /// "1.x" or "legacy".
  [[nodiscard]] virtual std::string_view interface() const = 0;
  [[nodiscard]] virtual bool is_legacy() const = 0;

  /// Whether the device may do DMA at all.
  virtual Result<> allow_dma(bool allowed) = 0;
  virtual Result<uint8_t> status() = 0;
  virtual Result<> set_status(uint8_t value) = 0;
  virtual Result<uint64_t> device_features() = 0;
  virtual Result<> set_driver_features(uint64_t features) = 0;

  /// The entries that a queue has at most; with the legacy interface, exactly. Errors: `not_found`
  /// if there is no such queue.
  virtual Result<uint32_t> queue_size(uint16_t queue) = 0;
  /// Starts a queue, of which the device knows nothing yet.
  virtual Result<Notifier> start_queue(uint16_t queue, const QueuePlace& place) = 0;

  /// Where a queue's notifications go, for another process. Errors: `unsupported` with the legacy
  /// interface, whose I/O port cannot be shared.
  virtual Result<NotifyWord> notify_word(uint16_t queue) = 0;

  /// The byte that says why INTx was raised, and takes it back when it is read: mapped, for a queue
  /// that cannot ask anybody. Errors: `unsupported` for a device without one that can be mapped.
  struct InterruptStatus {
    bus::BarPages pages;
    uint64_t offset;  ///< in their BAR
  };
  virtual Result<InterruptStatus> map_interrupt_status() = 0;

  /// What a notification asks the kernel for.
  [[nodiscard]] virtual driver::DoorbellCall doorbell_call() const {
    return is_legacy() ? driver::DoorbellCall::pwrite : driver::DoorbellCall::none;
  }
  /// Those that notifications go through, besides the function's.
  [[nodiscard]] virtual std::vector<int> descriptors() const { return {}; }

  /// The device's own fields: those of a network card (5.1.4).
  [[nodiscard]] virtual const Fields& device_config() const = 0;
  /// Changes whenever the device changes several of them at once; always 0 with the legacy
  /// interface, which has nothing like it.
  virtual Result<uint8_t> config_generation() = 0;
};

/// The interface of a network device: modern if it has it, legacy if `physical` says that the
/// device reaches memory by physical addresses, which is all that the legacy interface knows.
/// Errors: `unsupported` for a device with neither.
Result<std::unique_ptr<Transport>> open_transport(const std::shared_ptr<bus::Function>& function,
                                                  bool physical);

}  // namespace bulkhead::virtio
