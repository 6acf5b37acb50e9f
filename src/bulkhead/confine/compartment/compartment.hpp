// A broker's end of a compartment: the NICs that it keeps, and the workers that run their queues.
#pragma once

#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
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

/// A job and the descriptors that go with it, ready to be given to any number of workers. The first
/// two descriptors, the control page's and the signal's, are each worker's own.
class JobKit {
 public:
  /// `ports` were opened with Config::elsewhere, on these pools: one a queue pair. Errors: what
  /// Nic::queue_plans() meets.
  static Result<JobKit> create(JobOptions options, const Task& task,
                               std::span<const std::unique_ptr<net::Port>> ports,
                               std::span<const std::shared_ptr<queue::Pool>> pools);

  /// Starts a process that makes itself ready. Errors: no process, memory or descriptor left.
  [[nodiscard]] Result<std::unique_ptr<Worker>> start(const Program& program) const;

 private:
  Result<uint32_t> add(int fd);
  Result<Work> add_task(const Task& task);
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
