// Queues that another process runs: what it is told, and what happens when it dies.
#include <thread>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/driver/intel/ring_memory.hpp"
#include "bulkhead/driver/ixgbe/ixgbe.hpp"
#include "bulkhead/driver/ixgbe/reset.hpp"
#include "bulkhead/driver/ixgbe/setup.hpp"

namespace bulkhead::ixgbe {
namespace {

using intel::RingMemory;
using std::chrono::microseconds;

/// For the device to send what it was told to. A full ring of the longest frames takes 4 ms.
constexpr std::chrono::milliseconds sending_limit{5};

}  // namespace

Result<driver::QueuePlans> Ixgbe::queue_plans() {
  if (!config_.elsewhere) return Nic::queue_plans();
  constexpr auto bar0 = bus::RegionId::bar0;
  driver::QueuePlans plans;
  BULKHEAD_TRY_ASSIGN(plans.rings, duplicate(rings_.fd()));
  plans.rings_size = rings_.size();
  for (const uint32_t page : {RDBAL::offset, TDBAL::offset}) {
    BULKHEAD_TRY_ASSIGN(auto file, function_->bar_file(bar0, Bytes{page}, 4_KiB));
    plans.pages.push_back(std::move(file));
  }
  for (uint32_t queue = 0; queue < queues(); ++queue)
    plans.pairs.push_back({.family = driver::QueueFamily::ixgbe,
                           .rx = {.ring = RingMemory::rx(queue).value(),
                                  .page = 0,
                                  .doorbell = RDT::offset + queue * RDT::stride - RDBAL::offset},
                           .tx = {.ring = RingMemory::tx(queue).value(),
                                  .page = 1,
                                  .doorbell = TDT::offset + queue * TDT::stride - TDBAL::offset},
                           .tx_head = RingMemory::head(queue).value(),
                           .buffers_at = pools_.buffers_at(queue).value(),
                           .virtio = {}});
  for (const auto& event : events_) {
    BULKHEAD_TRY_ASSIGN(auto copy, duplicate(event.get()));
    plans.events.push_back(std::move(copy));
  }
  return plans;
}

// Datasheet 4.6.7.1.2 and 4.6.8.1.2. That process can write the queues' registers as we can: where
// one does not stand as it was left, only a reset makes sure of the state that the device is in.
Result<> Ixgbe::halt(driver::Rest rest) {
  if (!config_.elsewhere) return Nic::halt(rest);
  bar_.finish_within(std::chrono::seconds{10}, "bringing it to rest");
  wait_until([&] { return queue_pages_.all_sent(queues()); }, sending_limit, microseconds{50});
  queue_pages_.disable(queues());
  // 4.6.7.1.2: the device may still be writing back for 100 us.
  std::this_thread::sleep_for(microseconds{100});
  const bool stopped = wait_until([&] { return !queue_pages_.any_enabled(queues()); },
                                  std::chrono::milliseconds{100});
  BULKHEAD_TRY(function_->set_bus_master(false));
  reset_needed_ =
      rest == driver::Rest::by_reset || !stopped || !queue_pages_.at_rest_as_remembered();
  if (reset_needed_) BULKHEAD_TRY(reset(bar_));
  bar_.finish_any_time();
  return bar_.health();
}

Result<> Ixgbe::resume() {
  if (!config_.elsewhere) return Nic::resume();
  bar_.finish_within(std::chrono::seconds{30}, "starting it again");
  if (reset_needed_) {
    BULKHEAD_TRY(reset_and_start());
    reset_needed_ = false;
  } else {
    BULKHEAD_TRY(function_->set_bus_master(true));
    queue_pages_.rewind(queues());
    BULKHEAD_TRY(enable_rings());
  }
  bar_.finish_any_time();
  return bar_.health();
}

Result<> Ixgbe::enable_rings() {
  for (uint32_t queue = 0; queue < queues(); ++queue) {
    BULKHEAD_TRY(enable_tx_queue(bar_, queue));
    BULKHEAD_TRY(enable_rx_queue(bar_, queue));
  }
  return {};
}

Result<> Ixgbe::reset_and_start() {
  BULKHEAD_TRY(bring_up());
  BULKHEAD_TRY(start());
  if (!unicast_.empty()) BULKHEAD_TRY(ixgbe::set_unicast_addresses(bar_, unicast_));
  if (!multicast_.empty()) BULKHEAD_TRY(ixgbe::set_multicast_addresses(bar_, multicast_));
  return bar_.health();
}

}  // namespace bulkhead::ixgbe
