// A worker's job: frames that arrive at one port leave through the other.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/confine/compartment/equipment.hpp"
#include "bulkhead/confine/compartment/worker_job.hpp"
#include "bulkhead/net/forward.hpp"
#include "bulkhead/net/waiter.hpp"

namespace bulkhead::confine {

class ForwardJob final : public WorkerJob {
 public:
  /// `equipment` outlives the job. Errors: `protocol` for other than two ports of as many queue
  /// pairs, `invalid_argument` for a pool that could run dry.
  static Result<ForwardJob> create(Equipment& equipment, ForwardWork work);

  void run() override;
  [[nodiscard]] const net::Waiter& arrivals() const override { return arrivals_; }

 private:
  struct Direction {
    size_t from;  ///< its port
    std::unique_ptr<net::Forwarder> forwarder;
  };

  ForwardJob(Equipment& equipment, std::vector<Direction> directions, net::Waiter arrivals)
      : equipment_(equipment), directions_(std::move(directions)), arrivals_(std::move(arrivals)) {}

  bool step_all();
  void sleep();
  void flush();
  void publish();
  void misbehave();

  Equipment& equipment_;
  std::vector<Direction> directions_;
  net::Waiter arrivals_;
  Counts counts_;
  uint64_t heartbeat_ = 0;
};

}  // namespace bulkhead::confine
