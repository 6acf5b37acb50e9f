// The two ways between a NIC's queue pair and a TAP interface. A frame takes one system call.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bulkhead/queue/batch.hpp"
#include "bulkhead/queue/queues.hpp"

namespace bulkhead::net {

/// Frames are copied as they are, in order. What the device's ring has no room for is kept, and
/// nothing further is read before it is gone: the interface's own queue fills then, and the kernel
/// drops and counts what finds no room there.
class TapExchange {
 public:
  struct Options {
    int tap;                 ///< non-blocking; each read(2) and write(2) is a frame
    uint32_t batch;          ///< frames at a time, each way
    uint32_t longest_frame;  ///< that the device can send; the pool's buffers hold it
  };
  /// `pool` is both queues' pool. All outlive the exchange.
  TapExchange(queue::RxQueue& rx, queue::TxQueue& tx, std::shared_ptr<queue::Pool> pool,
              Options options)
      : options_(options),
        rx_(rx),
        tx_(tx),
        in_(pool, options.batch),
        out_(pool, options.batch),
        scratch_(options.longest_frame + 1) {}

  struct Moved {
    uint32_t frames = 0;
    uint32_t dropped = 0;
  };
  /// Receives a batch and writes it to the interface. What that does not take, since it is down or
  /// full, is dropped.
  Moved to_interface();
  /// Reads a batch, unless one is left, and sends what it can. What is too long for the device is
  /// dropped.
  Moved to_device();
  /// Sends what is left without reading; returns how many frames were sent.
  uint32_t flush() { return out_.empty() ? 0 : tx_.send(out_); }
  /// Frames are left that the device's ring had no room for.
  [[nodiscard]] bool waits_for_room() const { return !out_.empty(); }
  /// The interface is not there any more: nothing is read.
  [[nodiscard]] bool interface_gone() const { return interface_gone_; }
  /// Which queues' devices broke their rules.
  [[nodiscard]] bool rx_stopped() const { return rx_.stopped(); }
  [[nodiscard]] bool tx_stopped() const { return tx_.stopped(); }

 private:
  [[nodiscard]] uint32_t read_batch();
  [[nodiscard]] bool take(std::span<const std::byte> frame);

  Options options_;
  queue::RxQueue& rx_;
  queue::TxQueue& tx_;
  queue::Batch in_;
  queue::Batch out_;
  /// A byte longer than any frame for the device: one that is longer is cut off by the kernel.
  std::vector<std::byte> scratch_;
  bool interface_gone_ = false;
};

}  // namespace bulkhead::net
