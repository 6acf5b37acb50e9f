#include "bulkhead/app/port_warnings.hpp"

#include <set>

#include <fmt/format.h>

#include "bulkhead/app/port_pair.hpp"
#include "bulkhead/bus/iommu_faults.hpp"
#include "bulkhead/memory/huge_pages.hpp"

namespace bulkhead::app {
namespace {

/// Whether its queues' owner can sleep until frames arrive.
Result<bool> interrupts(net::Port& port, bool elsewhere) {
  if (!elsewhere) return port.rx(QueueId{0}).event() >= 0;
  BULKHEAD_TRY_ASSIGN(const auto plans, port.queue_plans());
  return !plans.events.empty();
}

}  // namespace

void warn_of_small_pages(std::span<const std::shared_ptr<queue::Pool>> pools) {
  // Several queue pairs may have one memory.
  std::set<const memory::Region*> small_regions;
  for (const auto& pool : pools)
    if (pool->region().page_size() == PageSize::small_4k) small_regions.insert(&pool->region());
  Bytes small;
  for (const auto* region : small_regions) small = small + region->size();
  if (small == 0_B) return;
  fmt::print(
      stderr,
      "bulkhead: warning: the frames lie on pages of 4 KiB: the IOMMU needs 512 times as many "
      "translations as with pages of 2 MiB, and a fast port loses frames meanwhile (before "
      "starting: {})\n",
      memory::command_for_huge_pages(MemoryNeed{small}.huge_pages));
}

void warn_of_unreadable_log() {
  if (const auto faults = bus::IommuFaults::follow({}); !faults)
    fmt::print(stderr,
               "bulkhead: warning: an access that the IOMMU stops will not be reported here: {}\n",
               faults.error().message());
}

Result<> warn_of_naps(std::span<const std::unique_ptr<net::Port>> ports, bool elsewhere) {
  for (const auto& port : ports) {
    BULKHEAD_TRY_ASSIGN(const bool can_sleep, interrupts(*port, elsewhere));
    if (can_sleep) continue;
    fmt::print(stderr,
               "bulkhead: warning: {}: it has no interrupt that can be waited for here: while no "
               "frames arrive, it is looked at 20,000 times a second\n",
               port->description());
  }
  return {};
}

}  // namespace bulkhead::app
