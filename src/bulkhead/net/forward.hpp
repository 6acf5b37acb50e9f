// Forwarding from one queue to another: the main job, in one place, so that the program, the tests
// and the benchmarks run the same instructions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "bulkhead/queue/batch.hpp"
#include "bulkhead/queue/queues.hpp"

namespace bulkhead::net {

/// What happens to a frame on its way.
enum class Handling : uint8_t {
  unchanged,
  touch,  ///< byte 1 is incremented: the workload of the published benchmarks
};

inline void touch(std::span<std::byte> frame) {
  frame[1] = static_cast<std::byte>(std::to_integer<unsigned>(frame[1]) + 1);
}

/// One direction: frames from `rx` leave through `tx`. What does not fit is kept and offered again
/// before anything further is received, so nothing is lost here and the order stays.
class Forwarder {
 public:
  /// `pool` is both queues' pool. The queues outlive the forwarder.
  Forwarder(queue::RxQueue& rx, queue::TxQueue& tx, std::shared_ptr<queue::Pool> pool,
            uint32_t batch_size, Handling handling)
      : batch_(std::move(pool), batch_size), rx_(&rx), tx_(&tx), handling_(handling) {}

  struct Step {
    uint32_t received = 0;
    uint32_t sent = 0;
  };
  /// Receives at most a batch, if nothing is left over, and sends what it can.
  Step step() {
    Step done;
    if (batch_.empty()) [[likely]] {
      done.received = rx_->receive(batch_);
      if (batch_.empty()) {
        // The pool may be dry because its buffers wait to be taken back from the way out.
        if (batch_.pool().available() < queue::buffers_to_go_on) tx_->reclaim();
        return done;
      }
      if (handling_ == Handling::touch)
        for (const std::span<std::byte> frame : batch_) touch(frame);
    }
    done.sent = tx_->send(batch_);
    return done;
  }
  /// Sends what is left without receiving; returns how many frames were sent.
  uint32_t flush() { return batch_.empty() ? 0 : tx_->send(batch_); }
  [[nodiscard]] bool empty() const { return batch_.empty(); }
  struct Stopped {
    bool rx = false;  ///< nothing comes any more
    bool tx = false;  ///< what is left will never be sent
  };
  /// Which queues' devices broke their rules: for when a step has moved nothing.
  [[nodiscard]] Stopped stopped() const { return {.rx = rx_->stopped(), .tx = tx_->stopped()}; }

 private:
  queue::Batch batch_;
  queue::RxQueue* rx_;
  queue::TxQueue* tx_;
  Handling handling_;
};

}  // namespace bulkhead::net
