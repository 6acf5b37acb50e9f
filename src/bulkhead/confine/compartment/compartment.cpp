#include "bulkhead/confine/compartment/compartment.hpp"

#include "bulkhead/confine/compartment/worker_process.hpp"

namespace bulkhead::confine {

Result<JobKit> JobKit::create(JobOptions options, Work work,
                              std::span<const std::unique_ptr<net::Port>> ports,
                              std::span<const std::shared_ptr<queue::Pool>> pools, int interface) {
  BULKHEAD_TRY(check_pools(pools));
  JobKit kit;
  kit.supplies_.options = options;
  kit.supplies_.work = work;
  kit.supplies_.pools.assign(pools.begin(), pools.end());
  if (interface >= 0) {
    BULKHEAD_TRY_ASSIGN(auto copy, duplicate(interface));
    kit.supplies_.interfaces.push_back(std::move(copy));
  }
  for (const auto& port : ports) {
    BULKHEAD_TRY_ASSIGN(auto plans, port->queue_plans());
    kit.supplies_.ports.push_back(std::move(plans));
  }
  return kit;
}

Result<std::vector<std::unique_ptr<Worker>>> JobKit::start(const Program& program,
                                                           uint32_t workers) const {
  BULKHEAD_TRY(check_workers(workers, supplies_.pools.size()));
  std::vector<std::unique_ptr<Worker>> started;
  started.reserve(workers);
  for (uint32_t number = 0; number < workers; ++number) {
    BULKHEAD_TRY_ASSIGN(auto worker,
                        WorkerProcess::start(program, deal(supplies_, number, workers)));
    started.push_back(std::move(worker));
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
