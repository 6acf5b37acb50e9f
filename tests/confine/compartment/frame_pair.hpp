// A queue pair whose frames are in the test's hands.
#pragma once

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/driver/attached_queues.hpp"

#include "tests/net/frame_queues.hpp"

namespace bulkhead::confine {

class FramePair final : public driver::AttachedQueues {
 public:
  FramePair(queue::Pool& pool, uint32_t most_buffers)
      : arrivals{pool}, most_buffers_(most_buffers) {}
  [[nodiscard]] queue::RxQueue& rx() override { return arrivals; }
  [[nodiscard]] queue::TxQueue& tx() override { return departures; }
  [[nodiscard]] uint32_t most_buffers() const override { return most_buffers_; }
  void start() override { started = true; }

  net::Arrivals arrivals;
  net::Departures departures;
  OwnedFd kernel;  ///< the other end of the interface's queue that goes with it, if one does
  bool started = false;

 private:
  uint32_t most_buffers_;
};

}  // namespace bulkhead::confine
