// A queue that another process runs: what it is told, and what happens when it dies.
#include "bulkhead/driver/e1000e/e1000e.hpp"
#include "bulkhead/driver/e1000e/filters.hpp"
#include "bulkhead/driver/e1000e/reset.hpp"
#include "bulkhead/driver/e1000e/setup.hpp"
#include "bulkhead/driver/intel/ring_memory.hpp"

namespace bulkhead::e1000e {
namespace {

using intel::RingMemory;

/// For the device to send what it was told to. A full ring of the longest frames takes 6 ms.
constexpr std::chrono::milliseconds sending_limit{10};

constexpr uint32_t page_of(uint32_t offset) {
  return offset / 4096 * 4096;
}

}  // namespace

Result<driver::QueuePlans> E1000e::queue_plans() {
  if (!config_.elsewhere) return Nic::queue_plans();
  constexpr auto bar0 = bus::RegionId::bar0;
  driver::QueuePlans plans;
  BULKHEAD_TRY_ASSIGN(plans.rings, duplicate(rings_.fd()));
  plans.rings_size = rings_.size();
  for (const uint32_t offset : {RDT::offset, TDT::offset}) {
    BULKHEAD_TRY_ASSIGN(auto file, function_->bar_file(bar0, Bytes{page_of(offset)}, 4_KiB));
    plans.pages.push_back(std::move(file));
  }
  const bool legacy = options_.rx_format == RxFormat::legacy;
  plans.pairs.push_back(
      {.family = legacy ? driver::QueueFamily::e1000e_legacy_rx : driver::QueueFamily::e1000e,
       .rx = {.ring = RingMemory::rx(0).value(),
              .page = 0,
              .doorbell = RDT::offset - page_of(RDT::offset)},
       .tx = {.ring = RingMemory::tx(0).value(),
              .page = 1,
              .doorbell = TDT::offset - page_of(TDT::offset)},
       .buffers_at = pools_.buffers_at(0).value(),
       .virtio = {}});
  if (event_) {
    BULKHEAD_TRY_ASSIGN(auto copy, duplicate(event_.get()));
    plans.events.push_back(std::move(copy));
  }
  return plans;
}

// The two pages also have registers of the packet buffer and of the units, which that process can
// write: only a reset makes sure of the state that the device is in.
Result<> E1000e::halt(driver::Rest rest) {
  if (!config_.elsewhere) return Nic::halt(rest);
  bar_.finish_within(std::chrono::seconds{10}, "bringing it to rest");
  finish_sending(bar_, sending_limit);
  BULKHEAD_TRY(reset(bar_));
  BULKHEAD_TRY(function_->set_bus_master(false));
  bar_.finish_any_time();
  return bar_.health();
}

Result<> E1000e::resume() {
  if (!config_.elsewhere) return Nic::resume();
  bar_.finish_within(std::chrono::seconds{30}, "starting it again");
  BULKHEAD_TRY(function_->set_bus_master(true));
  BULKHEAD_TRY(start());
  if (!unicast_.empty()) BULKHEAD_TRY(e1000e::set_unicast_addresses(bar_, unicast_));
  if (!multicast_.empty()) BULKHEAD_TRY(e1000e::set_multicast_addresses(bar_, multicast_));
  bar_.finish_any_time();
  return bar_.health();
}

}  // namespace bulkhead::e1000e
