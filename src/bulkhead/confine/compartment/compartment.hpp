// A broker's end of a compartment: the NICs that it keeps, and the workers that run their queues.
#pragma once

#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/confine/compartment/crew.hpp"
#include "bulkhead/confine/compartment/deal.hpp"
#include "bulkhead/confine/compartment/job.hpp"
#include "bulkhead/confine/compartment/process.hpp"
#include "bulkhead/confine/compartment/supervisor.hpp"
#include "bulkhead/net/port.hpp"
#include "bulkhead/queue/pool.hpp"

namespace bulkhead::confine {

/// Frames go from a port to a network interface and back: each queue pair has one of the
/// interface's queues.
struct NetdevTask {
  std::span<const OwnedFd> queues;  ///< as many as the port has pairs; looked at by create() only
  uint32_t longest_frame;           ///< that the port can send
};
/// What workers are to do, as a broker says it.
using Task = std::variant<ForwardWork, NetdevTask>;

/// All that goes into workers' jobs, ready to be dealt out to crews of any number, again and again.
class JobKit {
 public:
  /// `ports` were opened with Config::elsewhere, on these pools: one a queue pair. Errors: those of
  /// check_pools(); `invalid_argument` for another number of interface queues than of pairs; what
  /// Nic::queue_plans() meets.
  static Result<JobKit> create(JobOptions options, const Task& task,
                               std::span<const std::unique_ptr<net::Port>> ports,
                               std::span<const std::shared_ptr<queue::Pool>> pools);

  /// Starts processes that make themselves ready, among which the queue pairs are dealt out.
  /// `workers` is right for check_workers(). Errors: those of check_share(); no process, memory or
  /// descriptor left.
  [[nodiscard]] Result<std::vector<std::unique_ptr<Worker>>> start(const Program& program,
                                                                   uint32_t workers = 1) const;

 private:
  Result<> add_task(const Task& task);

  Supplies supplies_;
};

/// Several ports that are brought to rest, and started, together.
class PortsCharge final : public Charge {
 public:
  explicit PortsCharge(std::span<const std::unique_ptr<net::Port>> ports) : ports_(ports) {}
  Result<> halt(driver::Rest rest) override;
  Result<> resume() override;

 private:
  std::span<const std::unique_ptr<net::Port>> ports_;
};

}  // namespace bulkhead::confine
