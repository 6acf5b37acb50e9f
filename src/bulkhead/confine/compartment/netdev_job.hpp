// A worker's job: a network interface whose frames leave through a port, and the other way round.
#pragma once

#include <cstdint>
#include <memory>

#include "bulkhead/base/error.hpp"
#include "bulkhead/confine/compartment/equipment.hpp"
#include "bulkhead/confine/compartment/worker_job.hpp"
#include "bulkhead/net/tap_exchange.hpp"
#include "bulkhead/net/waiter.hpp"

namespace bulkhead::confine {

class NetdevJob final : public WorkerJob {
 public:
  /// `equipment` outlives the job. Errors: `protocol` for other than one port with one queue pair,
  /// for buffers that are too small, and for a misbehaviour; `invalid_argument` for a pool that
  /// could run dry.
  static Result<NetdevJob> create(Equipment& equipment, NetdevWork work);

  void run() override;
  [[nodiscard]] int wake_fd() const override { return arrivals_.woken_by(); }

 private:
  NetdevJob(Equipment& equipment, std::unique_ptr<net::TapExchange> exchange, net::Waiter arrivals)
      : equipment_(equipment), exchange_(std::move(exchange)), arrivals_(std::move(arrivals)) {}

  bool step();
  bool count(size_t direction, net::TapExchange::Moved moved);
  void sleep();
  void flush();
  void publish();

  Equipment& equipment_;
  std::unique_ptr<net::TapExchange> exchange_;
  net::Waiter arrivals_;
  Counts counts_;
  uint64_t heartbeat_ = 0;
};

}  // namespace bulkhead::confine
