// What is worth telling about opened ports before they work.
#pragma once

#include <memory>
#include <span>

#include "bulkhead/base/error.hpp"
#include "bulkhead/net/port.hpp"
#include "bulkhead/queue/pool.hpp"

namespace bulkhead::app {

/// Frames on pages of 4 KiB, for functions behind an IOMMU.
void warn_of_small_pages(std::span<const std::shared_ptr<queue::Pool>> pools);
/// A kernel log that cannot be read: it is where a stopped access is reported.
void warn_of_unreadable_log();
/// Ports without an interrupt that can be waited for. `elsewhere`: as in net::PortConfig. Errors:
/// what Nic::queue_plans() meets.
Result<> warn_of_naps(std::span<const std::unique_ptr<net::Port>> ports, bool elsewhere);

}  // namespace bulkhead::app
