// What a worker does when it is its turn.
#pragma once

#include <cstdint>
#include <memory>

#include "bulkhead/base/error.hpp"
#include "bulkhead/confine/compartment/equipment.hpp"
#include "bulkhead/net/waiter.hpp"
#include "bulkhead/queue/pool.hpp"

namespace bulkhead::confine {

class WorkerJob {
 public:
  WorkerJob() = default;
  virtual ~WorkerJob() = default;
  WorkerJob(const WorkerJob&) = delete;
  WorkerJob& operator=(const WorkerJob&) = delete;
  WorkerJob(WorkerJob&&) = default;
  WorkerJob& operator=(WorkerJob&&) = default;

  /// Until the broker says stop. Of system calls it makes read(2), write(2) and ppoll(2); it takes
  /// no memory.
  virtual void run() = 0;
  /// What it waits with; woken by Equipment::wake, which the job has taken.
  [[nodiscard]] virtual const net::Waiter& arrivals() const = 0;
};

/// The one that the equipment's work asks for. `equipment` outlives it. Errors: `protocol` for
/// equipment that does not fit the work, `invalid_argument` for a pool that could run dry.
Result<std::unique_ptr<WorkerJob>> make_job(Equipment& equipment);

struct RoomNeeded {
  uint32_t pairs;
  uint32_t batch;
  uint32_t buffers;  ///< that their rings and batches hold, at most
};
/// What can be held at a time has to be there from the start: rx rings, which are filled first,
/// could otherwise find the pool empty. Errors: `invalid_argument`.
Result<> check_room(const queue::Pool& pool, RoomNeeded needed);

}  // namespace bulkhead::confine
