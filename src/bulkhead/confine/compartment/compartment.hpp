// A broker's end of a compartment: the NICs that it keeps, and the workers that run their queues.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/confine/compartment/job.hpp"
#include "bulkhead/confine/compartment/process.hpp"
#include "bulkhead/confine/compartment/supervisor.hpp"
#include "bulkhead/net/port.hpp"
#include "bulkhead/queue/pool.hpp"

namespace bulkhead::confine {

/// A job and the descriptors that go with it, ready to be given to any number of workers. The first
/// two descriptors, the control page's and the signal's, are each worker's own.
class JobKit {
 public:
  /// `ports` were opened with Config::elsewhere, on these pools: one a queue pair. `interface` is
  /// a NetdevWork's, which need not say where its descriptor is. Errors: what Nic::queue_plans()
  /// meets.
  static Result<JobKit> create(JobOptions options, Work work,
                               std::span<const std::unique_ptr<net::Port>> ports,
                               std::span<const std::shared_ptr<queue::Pool>> pools,
                               int interface = -1);

  /// Starts a process that makes itself ready. Errors: no process, memory or descriptor left.
  [[nodiscard]] Result<std::unique_ptr<Worker>> start(const Program& program) const;

 private:
  Result<uint32_t> add(int fd);
  Result<> add_port(driver::QueuePlans plans);

  Job job_;
  std::vector<OwnedFd> descriptors_;
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
