#include "bulkhead/driver/virtio/modern.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::virtio {
namespace {

// struct virtio_pci_common_cfg, 4.1.4.3.
namespace common {
constexpr Field<uint32_t> device_feature_select{0};
constexpr Field<uint32_t> device_feature{4};
constexpr Field<uint32_t> driver_feature_select{8};
constexpr Field<uint32_t> driver_feature{12};
constexpr Field<uint16_t> config_msix_vector{16};
constexpr Field<uint8_t> device_status{20};
constexpr Field<uint8_t> config_generation{21};
constexpr Field<uint16_t> queue_select{22};
constexpr Field<uint16_t> queue_size{24};
constexpr Field<uint16_t> queue_msix_vector{26};
constexpr Field<uint16_t> queue_enable{28};
constexpr Field<uint16_t> queue_notify_off{30};
constexpr uint32_t queue_desc = 32;
constexpr uint32_t queue_driver = 40;
constexpr uint32_t queue_device = 48;
constexpr uint32_t length = 56;
}  // namespace common

constexpr uint16_t no_vector = 0xFFFF;  // 4.1.5.1.2

std::unexpected<Error> incomplete(const bus::Function& function, std::string_view what) {
  return fail(ErrorCode::unsupported,
              fmt::format("{}: its capabilities name no usable {}", function.name(), what),
              "this is no device of virtio 1.0 or later");
}

}  // namespace

Result<std::unique_ptr<Transport>> ModernTransport::open(std::shared_ptr<bus::Function> function,
                                                         const Capabilities& capabilities) {
  if (!capabilities.common || capabilities.common->length < common::length)
    return incomplete(*function, "common configuration");
  if (!capabilities.notify) return incomplete(*function, "notification structure");
  if (!capabilities.device) return incomplete(*function, "device configuration");
  return std::unique_ptr<Transport>{new ModernTransport{function, capabilities}};
}

ModernTransport::ModernTransport(const std::shared_ptr<bus::Function>& function,
                                 const Capabilities& capabilities)
    : function_(function),
      common_(function, capabilities.common.value()),
      device_(function, capabilities.device.value()),
      notify_(capabilities.notify.value()),
      isr_(capabilities.isr),
      multiplier_(capabilities.notify_multiplier) {}

Result<uint8_t> ModernTransport::status() {
  return common_.read(common::device_status);
}

Result<> ModernTransport::set_status(uint8_t value) {
  return common_.write(common::device_status, value);
}

Result<uint64_t> ModernTransport::device_features() {
  BULKHEAD_TRY(common_.write(common::device_feature_select, 0));
  BULKHEAD_TRY_ASSIGN(const uint64_t low, common_.read(common::device_feature));
  BULKHEAD_TRY(common_.write(common::device_feature_select, 1));
  BULKHEAD_TRY_ASSIGN(const uint64_t high, common_.read(common::device_feature));
  return low | high << 32U;
}

Result<> ModernTransport::set_driver_features(uint64_t features) {
  BULKHEAD_TRY(common_.write(common::driver_feature_select, 0));
  BULKHEAD_TRY(common_.write(common::driver_feature, static_cast<uint32_t>(features)));
  BULKHEAD_TRY(common_.write(common::driver_feature_select, 1));
  BULKHEAD_TRY(common_.write(common::driver_feature, static_cast<uint32_t>(features >> 32U)));
  // What changes in its configuration is looked at when somebody asks.
  return common_.write(common::config_msix_vector, no_vector);
}

Result<uint32_t> ModernTransport::queue_size(uint16_t queue) {
  BULKHEAD_TRY(common_.write(common::queue_select, queue));
  BULKHEAD_TRY_ASSIGN(const uint32_t size, common_.read(common::queue_size));
  if (size == 0)
    return fail(ErrorCode::not_found,
                fmt::format("{}: it has no queue {}", function_->name(), queue));
  return size;
}

// 4.1.5.1.3: everything else about a queue comes before it is enabled.
Result<Notifier> ModernTransport::start_queue(uint16_t queue, const QueuePlace& place) {
  BULKHEAD_TRY(common_.write(common::queue_select, queue));
  BULKHEAD_TRY(common_.write(common::queue_size, static_cast<uint16_t>(place.entries)));
  BULKHEAD_TRY(set_vector(common::queue_msix_vector, place.vector.value_or(no_vector)));
  BULKHEAD_TRY(common_.write64(common::queue_desc, place.descriptors.value()));
  BULKHEAD_TRY(common_.write64(common::queue_driver, place.driver_area.value()));
  BULKHEAD_TRY(common_.write64(common::queue_device, place.device_area.value()));
  BULKHEAD_TRY_ASSIGN(auto notifier, notifier_of(queue));
  BULKHEAD_TRY(common_.write(common::queue_enable, 1));
  return notifier;
}

Result<uint8_t> ModernTransport::config_generation() {
  return common_.read(common::config_generation);
}

// 4.1.4.4: the queue's word lies at queue_notify_off times the multiplier.
Result<uint64_t> ModernTransport::notify_offset(uint16_t queue) {
  BULKHEAD_TRY_ASSIGN(const uint64_t number, common_.read(common::queue_notify_off));
  const uint64_t offset = number * multiplier_;
  const uint64_t in_bar = notify_.offset + offset;
  if (offset + sizeof(uint16_t) > notify_.length || in_bar % sizeof(uint16_t) != 0)
    return fail(ErrorCode::hostile_device,
                fmt::format("{}: queue {}'s notification word at {:#x} of a structure of {:#x}",
                            function_->name(), queue, offset, notify_.length));
  return in_bar;
}

Result<NotifyWord> ModernTransport::notify_word(uint16_t queue) {
  BULKHEAD_TRY(common_.write(common::queue_select, queue));
  BULKHEAD_TRY_ASSIGN(const auto offset, notify_offset(queue));
  return NotifyWord{.bar = notify_.bar, .offset = offset};
}

Result<Transport::InterruptStatus> ModernTransport::map_interrupt_status() {
  if (!isr_ || isr_->length == 0) return incomplete(*function_, "ISR status");
  BULKHEAD_TRY_ASSIGN(auto pages, function_->map_bar(isr_->bar, Bytes{isr_->offset}, 1_B));
  return InterruptStatus{.pages = std::move(pages), .offset = isr_->offset};
}

Result<Notifier> ModernTransport::notifier_of(uint16_t queue) {
  BULKHEAD_TRY_ASSIGN(const auto in_bar, notify_offset(queue));
  const auto holds = [&](const bus::BarPages& page) {
    return page.offset.value() <= in_bar &&
           in_bar < page.offset.value() + page.pages.bytes().size();
  };
  auto page = std::ranges::find_if(pages_, holds);
  if (page == pages_.end()) {
    BULKHEAD_TRY_ASSIGN(auto mapped,
                        function_->map_bar(notify_.bar, Bytes{in_bar}, Bytes{sizeof(uint16_t)}));
    page = pages_.insert(pages_.end(), std::move(mapped));
  }
  return Notifier{regs::Doorbell16{page->pages.bytes(), in_bar - page->offset.value()}, queue};
}

Result<> ModernTransport::set_vector(Field<uint16_t> field, uint16_t vector) {
  BULKHEAD_TRY(common_.write(field, vector));
  // 4.1.5.1.2.2: a device that cannot have the vector says so by reading differently.
  BULKHEAD_TRY_ASSIGN(const auto taken, common_.read(field));
  if (taken != vector)
    return fail(ErrorCode::unsupported,
                fmt::format("{}: it does not take the MSI-X vector {}", function_->name(), vector),
                "open the port without interrupts");
  return {};
}

}  // namespace bulkhead::virtio
