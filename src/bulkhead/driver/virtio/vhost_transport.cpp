#include "bulkhead/driver/virtio/vhost_transport.hpp"

#include <array>
#include <ranges>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "bulkhead/driver/virtio/features.hpp"

namespace bulkhead::virtio {
namespace {

// Those of the rings. A back end's other offers are for a front end that has a configuration and a
// control queue of its own for somebody else, as a virtual machine's has; with ACCESS_PLATFORM it
// would ask for the translation of every address. Without MRG_RXBUF nobody reads the header of a
// frame that has arrived: one line less that travels between the two cores.
constexpr uint64_t of_rings =
    feature::EVENT_IDX | feature::VERSION_1 | feature::RING_PACKED | feature::ORDER_PLATFORM;

// The protocol has no message for it: any power of two up to the layout's limit.
constexpr uint32_t largest_queue = 1024;

// SET_VRING_BASE: a packed ring begins at index 0 of either side with its wrap counter set (virtio
// 1.2, 2.8.1), which are bit 15 and bit 31.
constexpr uint32_t base_of_split = 0;
constexpr uint32_t base_of_packed = 1U << 15U | 1U << 31U;

}  // namespace

VhostTransport::VhostTransport(std::shared_ptr<vhost_user::BackEnd> back_end)
    : back_end_(std::move(back_end)),
      no_config_(back_end_, {.bar = bus::RegionId::bar0, .offset = 0, .length = 0}) {}

Result<uint8_t> VhostTransport::status() {
  BULKHEAD_TRY(back_end_->check_alive());
  return status_;
}

Result<> VhostTransport::set_status(uint8_t value) {
  if (value == 0) {
    for (const auto queue : kicks_ | std::views::keys) BULKHEAD_TRY(back_end_->stop_ring(queue));
    kicks_.clear();
  }
  if ((value & ~status_ & status::DRIVER_OK) != 0)
    for (const auto queue : kicks_ | std::views::keys) BULKHEAD_TRY(back_end_->enable_ring(queue));
  status_ = value;
  return {};
}

Result<uint64_t> VhostTransport::device_features() {
  BULKHEAD_TRY_ASSIGN(const auto offered, back_end_->features());
  return offered & of_rings;
}

Result<> VhostTransport::set_driver_features(uint64_t features) {
  features_ = features;
  return back_end_->set_features(features);
}

Result<uint32_t> VhostTransport::queue_size(uint16_t queue) {
  if (queue < 2 * vhost_user::BackEnd::queue_pairs) return largest_queue;
  return fail(ErrorCode::not_found,
              fmt::format("{}: it has no queue {}", back_end_->name(), queue));
}

Result<Notifier> VhostTransport::start_queue(uint16_t queue, const QueuePlace& place) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return fail_errno("pipe2");
  Kick kick{.write = OwnedFd{ends[1]}, .read = OwnedFd{ends[0]}};
  const bool packed = (features_ & feature::RING_PACKED) != 0;
  BULKHEAD_TRY(back_end_->start_ring({.number = queue,
                                      .entries = place.entries,
                                      .base = packed ? base_of_packed : base_of_split,
                                      .descriptors = place.descriptors,
                                      .driver_area = place.driver_area,
                                      .device_area = place.device_area,
                                      .kick = kick.read.get(),
                                      .event = place.vector}));
  const Notifier notifier = Notifier::by_pipe(kick.write.get());
  kicks_[queue] = std::move(kick);
  return notifier;
}

Result<NotifyWord> VhostTransport::notify_word(uint16_t /*queue*/) {
  return fail(
      ErrorCode::unsupported,
      fmt::format("{}: another process cannot run its queues, which are notified through pipes",
                  back_end_->name()),
      "run it in one process: bulkhead forward");
}

Result<Transport::InterruptStatus> VhostTransport::map_interrupt_status() {
  return fail(ErrorCode::unsupported,
              fmt::format("{}: a vhost-user back end has no INTx", back_end_->name()));
}

std::vector<int> VhostTransport::descriptors() const {
  std::vector<int> all;
  for (const auto& kick : kicks_ | std::views::values) {
    all.push_back(kick.write.get());
    all.push_back(kick.read.get());
  }
  return all;
}

}  // namespace bulkhead::virtio
