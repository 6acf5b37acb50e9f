// A worker's job: a network interface whose frames leave through a port, and the other way round.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/confine/compartment/equipment.hpp"
#include "bulkhead/confine/compartment/worker_job.hpp"
#include "bulkhead/net/tap_exchange.hpp"
#include "bulkhead/net/waiter.hpp"

namespace bulkhead::confine {

class NetdevJob final : public WorkerJob {
 public:
  /// `equipment` outlives the job. Errors: `protocol` for other than one port, whose queue pairs
  /// have a pool and a queue of the interface each, for buffers that are too small, and for a
  /// misbehaviour; `invalid_argument` for a pool that could run dry.
  static Result<NetdevJob> create(Equipment& equipment, const NetdevWork& work);

  void run() override;
  [[nodiscard]] const net::Waiter& arrivals() const override { return arrivals_; }

 private:
  using Exchanges = std::vector<std::unique_ptr<net::TapExchange>>;  ///< one a queue pair

  NetdevJob(Equipment& equipment, Exchanges exchanges, net::Waiter arrivals)
      : equipment_(equipment), exchanges_(std::move(exchanges)), arrivals_(std::move(arrivals)) {}

  bool step_all();
  bool step(net::TapExchange& exchange);
  bool count(size_t direction, net::TapExchange::Moved moved);
  void sleep();
  void flush();
  void publish();

  Equipment& equipment_;
  Exchanges exchanges_;
  net::Waiter arrivals_;
  Counts counts_;
  uint64_t heartbeat_ = 0;
};

}  // namespace bulkhead::confine
