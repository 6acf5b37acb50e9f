// The two ways between a NIC's queue pair and a TAP interface. A TCP segment of up to 64 KiB, or
// another frame, takes one system call.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "bulkhead/net/coalescing.hpp"
#include "bulkhead/net/segmentation.hpp"
#include "bulkhead/net/vnet_header.hpp"
#include "bulkhead/queue/batch.hpp"
#include "bulkhead/queue/queues.hpp"

namespace bulkhead::net {

/// Frames are copied as they are, in order; what the kernel leaves to hardware is done on the way:
/// long TCP segments are cut, checksums completed. The other way TCP segments that follow each
/// other are joined. What the device's ring has no room for is kept, and nothing further is read
/// before it is gone: the interface's own queue fills then, and the kernel drops and counts what
/// finds no room there.
class TapExchange {
 public:
  struct Options {
    int tap;         ///< non-blocking; each read(2) and write(2) is a VnetHeader and a frame
    uint32_t batch;  ///< frames at a time, each way
    uint32_t longest_frame;  ///< that the device can send; the pool's buffers hold it
  };
  /// `pool` is both queues' pool. All outlive the exchange.
  TapExchange(queue::RxQueue& rx, queue::TxQueue& tx, std::shared_ptr<queue::Pool> pool,
              Options options);

  struct Moved {
    uint32_t frames = 0;  ///< on the device's side
    uint32_t dropped = 0;
  };
  /// Receives a batch and writes it to the interface. What that does not take, since it is down or
  /// full, is dropped.
  Moved to_interface();
  /// Reads a batch, unless one is left, and sends what it can. What is too long for the device is
  /// dropped, and what is not what its header says; a long segment counts as one then.
  Moved to_device();
  /// Sends what is left without reading; returns how many frames were sent.
  uint32_t flush();
  /// Frames are left that the device's ring, or pieces of a segment that a batch, had no room for.
  [[nodiscard]] bool waits_for_room() const { return !out_.empty() || segments_; }
  /// The interface is not there any more: nothing is read.
  [[nodiscard]] bool interface_gone() const { return interface_gone_; }
  /// The device broke the rules of the queue.
  [[nodiscard]] bool tx_stopped() const { return tx_.stopped(); }

 private:
  void write_joined(Moved& moved);
  /// Returns how many were dropped.
  [[nodiscard]] uint32_t fill_batch(bool may_read);
  /// None if nothing waits; empty if something did, and is lost.
  [[nodiscard]] std::optional<std::span<std::byte>> read_packet();
  [[nodiscard]] bool take(std::span<std::byte> packet);
  [[nodiscard]] bool add_frame(const VnetHeader& header, std::span<std::byte> frame);
  [[nodiscard]] bool add_segment();
  [[nodiscard]] std::optional<queue::Packet> allocate(size_t length);

  Options options_;
  queue::RxQueue& rx_;
  queue::TxQueue& tx_;
  queue::Batch in_;
  Coalescing joined_;
  queue::Batch out_;
  /// A byte longer than anything that the kernel sends: what is longer, it cuts off.
  std::vector<std::byte> scratch_;
  /// Of what is in scratch_, while something of it is left.
  std::optional<Segmentation> segments_;
  bool interface_gone_ = false;
};

}  // namespace bulkhead::net
