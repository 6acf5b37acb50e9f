#include "bulkhead/confine/compartment/compartment.hpp"

#include <utility>

#include <fmt/format.h>

#include "bulkhead/base/require.hpp"
#include "bulkhead/confine/compartment/worker_process.hpp"

namespace bulkhead::confine {

Result<JobKit> JobKit::create(JobOptions options, const Task& task,
                              std::span<const std::unique_ptr<net::Port>> ports,
                              std::span<const std::shared_ptr<queue::Pool>> pools) {
  BULKHEAD_TRY(check_pools(pools));
  JobKit kit;
  kit.supplies_.options = options;
  kit.supplies_.pools.assign(pools.begin(), pools.end());
  BULKHEAD_TRY(kit.add_task(task));
  for (const auto& port : ports) {
    BULKHEAD_TRY_ASSIGN(auto plans, port->queue_plans());
    kit.supplies_.ports.push_back(std::move(plans));
  }
  return kit;
}

Result<> JobKit::add_task(const Task& task) {
  if (const auto* forward = std::get_if<ForwardWork>(&task)) {
    supplies_.work = *forward;
    return {};
  }
  const auto& netdev = std::get<NetdevTask>(task);
  if (netdev.queues.size() != supplies_.pools.size())
    return fail(ErrorCode::invalid_argument,
                fmt::format("an interface with {} queues for {} queue pairs", netdev.queues.size(),
                            supplies_.pools.size()));
  supplies_.work = NetdevWork{.longest_frame = netdev.longest_frame, .queues = {}};
  for (const auto& queue : netdev.queues) {
    BULKHEAD_TRY_ASSIGN(auto copy, duplicate(queue.get()));
    supplies_.interfaces.push_back(std::move(copy));
  }
  return {};
}

Result<std::vector<std::unique_ptr<Worker>>> JobKit::start(const Program& program,
                                                           uint32_t workers) const {
  require(check_workers(workers, supplies_.pools.size()).has_value());
  std::vector<std::unique_ptr<Worker>> started;
  started.reserve(workers);
  for (uint32_t number = 0; number < workers; ++number) {
    const auto share = deal(supplies_, number, workers);
    BULKHEAD_TRY(check_share(share));
    auto worker = WorkerProcess::start(program, share);
    if (!worker) {
      // Each is waited for when it is destroyed: so they end side by side.
      for (const auto& one : started) one->kill();
      return std::unexpected(std::move(worker).error());
    }
    started.push_back(*std::move(worker));
  }
  return started;
}

Result<> PortsCharge::halt(driver::Rest rest) {
  // All of them, whatever the first meets: none may go on with DMA.
  Result<> result;
  for (const auto& port : ports_)
    if (auto halted = port->halt(rest); !halted && result)
      result = std::unexpected(std::move(halted).error().within(port->description()));
  return result;
}

Result<> PortsCharge::resume() {
  for (const auto& port : ports_)
    if (auto resumed = port->resume(); !resumed)
      return std::unexpected(std::move(resumed).error().within(port->description()));
  return {};
}

}  // namespace bulkhead::confine
