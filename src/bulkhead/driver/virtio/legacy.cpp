#include "bulkhead/driver/virtio/legacy.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::virtio {
namespace {

constexpr uint32_t longest_config = 64;  // the network device's fields and more
constexpr uint64_t page = 4096;          // 2.7.2: queues are given by page

std::unexpected<Error> no_interrupts(const bus::Function& function) {
  return fail(ErrorCode::unsupported,
              fmt::format("{}: no interrupts with virtio's legacy interface", function.name()),
              "open the port without interrupts");
}

}  // namespace

Result<std::unique_ptr<Transport>> LegacyTransport::open(std::shared_ptr<bus::Function> function) {
  const size_t there = function->region_size(bus::RegionId::bar0).value();
  if (there <= legacy::device_config)
    return fail(ErrorCode::unsupported,
                fmt::format("{}: BAR 0 has {} bytes, too few for virtio's legacy interface",
                            function->name(), there));
  const auto length = std::min(there - legacy::device_config, size_t{longest_config});
  return std::unique_ptr<Transport>{new LegacyTransport{function, static_cast<uint32_t>(length)}};
}

LegacyTransport::LegacyTransport(const std::shared_ptr<bus::Function>& function, uint32_t length)
    : function_(function),
      header_(function, {.bar = bus::RegionId::bar0, .offset = 0, .length = legacy::device_config}),
      device_(function,
              {.bar = bus::RegionId::bar0, .offset = legacy::device_config, .length = length}) {}

Result<uint64_t> LegacyTransport::device_features() {
  return header_.read(legacy::device_features);
}

Result<> LegacyTransport::set_driver_features(uint64_t features) {
  return header_.write(legacy::driver_features, static_cast<uint32_t>(features));
}

Result<uint32_t> LegacyTransport::queue_size(uint16_t queue) {
  BULKHEAD_TRY(header_.write(legacy::queue_select, queue));
  BULKHEAD_TRY_ASSIGN(const uint32_t size, header_.read(legacy::queue_size));
  if (size == 0)
    return fail(ErrorCode::not_found,
                fmt::format("{}: it has no queue {}", function_->name(), queue));
  return size;
}

Result<Notifier> LegacyTransport::start_queue(uint16_t queue, const QueuePlace& place) {
  const uint64_t number = place.descriptors.value() / page;
  if (place.vector) return no_interrupts(*function_);
  if (number > UINT32_MAX || place.descriptors.value() % page != 0)
    return fail(ErrorCode::no_memory,
                fmt::format("{}: a queue at {:#x}, which virtio's legacy interface cannot name",
                            function_->name(), place.descriptors.value()));
  BULKHEAD_TRY(header_.write(legacy::queue_select, queue));
  BULKHEAD_TRY(header_.write(legacy::queue_address, static_cast<uint32_t>(number)));
  return Notifier{*function_, queue};
}

Result<Transport::InterruptStatus> LegacyTransport::map_interrupt_status() {
  return no_interrupts(*function_);
}

Result<NotifyWord> LegacyTransport::notify_word(uint16_t /*queue*/) {
  return fail(ErrorCode::unsupported,
              fmt::format("{}: no other process can notify a legacy device", function_->name()));
}

}  // namespace bulkhead::virtio
