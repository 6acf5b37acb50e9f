#include "bulkhead/confine/compartment/equipment.hpp"

#include <fmt/format.h>

namespace bulkhead::confine {
namespace {

using Pools = std::vector<std::shared_ptr<queue::Pool>>;

/// The broker keeps a descriptor of each, so that two parts may share one.
Result<OwnedFd> take(const std::vector<OwnedFd>& descriptors, uint32_t number) {
  return duplicate(descriptors[number].get());
}

Result<Pools> adopt_pools(const Job& job, const std::vector<OwnedFd>& descriptors) {
  Pools pools;
  for (const auto& part : job.pools) {
    BULKHEAD_TRY_ASSIGN(auto memory, take(descriptors, part.descriptor));
    BULKHEAD_TRY(check_sealed_memory(memory.get(), 0, Bytes{part.size}));
    BULKHEAD_TRY_ASSIGN(auto pool, queue::Pool::adopt(std::move(memory), Bytes{part.size},
                                                      {.buffers = part.buffers,
                                                       .buffer_size = Bytes{part.buffer_size}}));
    pools.push_back(std::move(pool));
  }
  return pools;
}

Result<PortEquipment> equip_port(const PortPart& part, const Pools& pools,
                                 const std::vector<OwnedFd>& descriptors) {
  PortEquipment port;
  BULKHEAD_TRY_ASSIGN(auto rings, take(descriptors, part.rings));
  BULKHEAD_TRY(check_sealed_memory(rings.get(), 0, Bytes{part.rings_size}));
  BULKHEAD_TRY_ASSIGN(port.rings, memory::Region::adopt(std::move(rings), Bytes{part.rings_size}));
  std::vector<std::span<std::byte>> pages;
  for (const auto& page : part.pages) {
    BULKHEAD_TRY_ASSIGN(auto mapped, Mapping::map(descriptors[page.descriptor].get(),
                                                  page.file_offset, Bytes{page.length}));
    pages.push_back(mapped.bytes());
    port.pages.push_back(std::move(mapped));
  }
  const driver::MappedPieces pieces{.rings = port.rings.bytes(), .pages = pages};
  for (const auto& pair : part.pairs) {
    OwnedFd event;
    if (pair.plan.has_event != 0) {
      BULKHEAD_TRY_ASSIGN(event, take(descriptors, pair.event));
    }
    BULKHEAD_TRY_ASSIGN(auto queues,
                        driver::attach(pair.plan, pieces, pools[pair.pool], std::move(event)));
    port.pairs.push_back(std::move(queues));
    port.pools.push_back(pools[pair.pool]);
  }
  return port;
}

}  // namespace

std::vector<int> Equipment::events() const {
  std::vector<int> events;
  for (const auto& port : ports)
    for (const auto& pair : port.pairs) events.push_back(pair->rx().event());
  return events;
}

Result<Equipment> equip(const Job& job, std::vector<OwnedFd> descriptors) {
  BULKHEAD_TRY_ASSIGN(auto control_memory, take(descriptors, job.options.control));
  BULKHEAD_TRY_ASSIGN(auto control, ControlPage::adopt(std::move(control_memory)));
  BULKHEAD_TRY_ASSIGN(auto wake, take(descriptors, job.options.wake));
  Equipment equipment{.options = job.options,
                      .work = job.work,
                      .control = std::move(control),
                      .wake = std::move(wake),
                      .interface_queues = {},
                      .ports = {}};
  if (const auto* netdev = std::get_if<NetdevWork>(&job.work))
    for (const uint32_t queue : netdev->queues) {
      BULKHEAD_TRY_ASSIGN(auto taken, take(descriptors, queue));
      equipment.interface_queues.push_back(std::move(taken));
    }
  BULKHEAD_TRY_ASSIGN(const auto pools, adopt_pools(job, descriptors));
  for (const auto& part : job.ports) {
    BULKHEAD_TRY_ASSIGN(auto port, equip_port(part, pools, descriptors));
    equipment.ports.push_back(std::move(port));
  }
  return equipment;
}

}  // namespace bulkhead::confine
