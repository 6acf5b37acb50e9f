// Queues that another process runs: what it is told, and what happens when it dies.
#include <algorithm>
#include <ranges>

#include <fmt/format.h>

#include "bulkhead/bus/capabilities.hpp"
#include "bulkhead/driver/virtio/features.hpp"
#include "bulkhead/driver/virtio/negotiation.hpp"
#include "bulkhead/driver/virtio/virtio_net.hpp"

namespace bulkhead::virtio {
namespace {

/// The page with a queue's notification word, which several queues may share.
Result<uint32_t> page_of(bus::Function& function, NotifyWord word, driver::QueuePlans& plans) {
  const uint64_t start = word.offset / bus::page_size * bus::page_size;
  const auto known = std::ranges::find_if(
      plans.pages, [start](const bus::BarFile& file) { return file.offset.value() == start; });
  const auto place = static_cast<uint32_t>(known - plans.pages.begin());
  if (known != plans.pages.end()) return place;
  BULKHEAD_TRY_ASSIGN(auto file,
                      function.bar_file(word.bar, Bytes{word.offset}, Bytes{sizeof(uint16_t)}));
  plans.pages.push_back(std::move(file));
  return place;
}

}  // namespace

Result<driver::RingPlan> VirtioNet::plan_ring(const Planned& queue, driver::QueuePlans& plans) {
  BULKHEAD_TRY_ASSIGN(const auto word, transport_->notify_word(queue.number));
  BULKHEAD_TRY_ASSIGN(const auto page, page_of(*function_, word, plans));
  return driver::RingPlan{.ring = queue.offset,
                          .page = page,
                          .doorbell = static_cast<uint32_t>(word.offset % bus::page_size),
                          .number = queue.number,
                          .entries = queue.kind.entries};
}

Result<driver::QueuePlans> VirtioNet::queue_plans() {
  if (!config_.elsewhere) return Nic::queue_plans();
  driver::QueuePlans plans;
  BULKHEAD_TRY_ASSIGN(plans.rings, duplicate(rings_.fd()));
  plans.rings_size = rings_.size();
  for (uint32_t pair = 0; pair < queues(); ++pair) {
    const auto& rx = planned_[size_t{2} * pair];
    driver::QueuePairPlan plan{.family = driver::QueueFamily::virtio,
                               .rx = {},
                               .tx = {},
                               .buffers_at = pools_.buffers_at(pair).value(),
                               .virtio = {.packed = rx.kind.packed ? 1U : 0U,
                                          .event_index = rx.kind.event_index ? 1U : 0U,
                                          .header = header(),
                                          .longest_frame = longest_frame(pair),
                                          .mergeable = has(feature::MRG_RXBUF) ? 1U : 0U}};
    BULKHEAD_TRY_ASSIGN(plan.rx, plan_ring(rx, plans));
    BULKHEAD_TRY_ASSIGN(plan.tx, plan_ring(planned_[size_t{2} * pair + 1], plans));
    plans.pairs.push_back(plan);
  }
  if (!events_.front()) return plans;
  for (const auto& event : events_) {
    BULKHEAD_TRY_ASSIGN(auto copy, duplicate(event.get()));
    plans.events.push_back(std::move(copy));
  }
  return plans;
}

// A reset is how a virtio device is brought to rest (virtio 1.2, 2.4), and all that forgets a ring.
Result<> VirtioNet::halt(driver::Rest rest) {
  if (!config_.elsewhere) return Nic::halt(rest);
  BULKHEAD_TRY(reset(*transport_));
  return transport_->allow_dma(false);
}

Result<> VirtioNet::resume() {
  if (!config_.elsewhere) return Nic::resume();
  // What the dead process left there would be taken for buffers.
  std::ranges::fill(rings_.bytes(), std::byte{0});
  BULKHEAD_TRY(transport_->allow_dma(true));
  BULKHEAD_TRY_ASSIGN(const auto agreed, negotiate(*transport_, features_, options_.physical));
  if (agreed != features_)
    return fail(ErrorCode::hostile_device,
                fmt::format("the device offers {:#x} of the features that it has agreed on, {:#x}",
                            agreed, features_));
  control_.reset();
  const bool promiscuous = promiscuous_;
  BULKHEAD_TRY(start_queues());
  BULKHEAD_TRY(start_device());
  if (promiscuous != promiscuous_) BULKHEAD_TRY(set_promiscuous(promiscuous));
  return restore_filters();
}

Result<> VirtioNet::restore_filters() {
  if (mac_changed_) BULKHEAD_TRY(control_->set_mac(card_.mac));
  if (all_multicast_) BULKHEAD_TRY(control_->set_all_multicast(true));
  if (unicast_.empty() && multicast_.empty()) return {};
  return control_->set_addresses(unicast_, multicast_);
}

}  // namespace bulkhead::virtio
