// What a job needs, mapped into the worker.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/mapping.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/confine/compartment/control_page.hpp"
#include "bulkhead/confine/compartment/job.hpp"
#include "bulkhead/driver/attach.hpp"
#include "bulkhead/memory/region.hpp"
#include "bulkhead/queue/pool.hpp"

namespace bulkhead::confine {

/// A NIC's queue pairs, and the pool of each.
struct PortEquipment {
  memory::Region rings;
  std::vector<Mapping> pages;
  std::vector<std::unique_ptr<driver::AttachedQueues>> pairs;
  std::vector<std::shared_ptr<queue::Pool>> pools;
};

struct Equipment {
  JobOptions options;
  Work work;
  ControlPage control;
  OwnedFd wake;
  std::vector<OwnedFd> interface_queues;  ///< of a NetdevWork
  std::vector<PortEquipment> ports;

  /// The rx interrupts' signals, of all queue pairs; -1 for one without.
  [[nodiscard]] std::vector<int> events() const;
};

/// Maps it all, and gets the queues ready without touching them: another worker may still be
/// running them. Errors: what is too small, cannot be mapped or does not fit.
Result<Equipment> equip(const Job& job, std::vector<OwnedFd> descriptors);

}  // namespace bulkhead::confine
