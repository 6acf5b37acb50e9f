#include "bulkhead/confine/compartment/worker_job.hpp"

#include <fmt/format.h>

#include "bulkhead/confine/compartment/forward_job.hpp"
#include "bulkhead/confine/compartment/netdev_job.hpp"

namespace bulkhead::confine {
namespace {

template <class Kind>
Result<std::unique_ptr<WorkerJob>> keep(Result<Kind> job) {
  if (!job) return std::unexpected(std::move(job).error());
  return std::make_unique<Kind>(*std::move(job));
}

}  // namespace

Result<std::unique_ptr<WorkerJob>> make_job(Equipment& equipment) {
  if (const auto* netdev = std::get_if<NetdevWork>(&equipment.work))
    return keep(NetdevJob::create(equipment, *netdev));
  return keep(ForwardJob::create(equipment, std::get<ForwardWork>(equipment.work)));
}

Result<> check_room(const queue::Pool& pool, RoomNeeded needed) {
  if (pool.available() >= needed.buffers) return {};
  return fail(ErrorCode::invalid_argument,
              fmt::format("a pool with {} free buffers for {} queue pairs, whose rings and batches "
                          "of {} hold up to {}",
                          pool.available(), needed.pairs, needed.batch, needed.buffers),
              "make the pool that large");
}

}  // namespace bulkhead::confine
