// A page that a broker and one of its workers share, and no device: how far the worker is, and
// whether it shall stop.
#pragma once

#include <array>
#include <cstdint>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/mapping.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/queue/queues.hpp"

namespace bulkhead::confine {

/// What a worker has done so far. The broker prints these numbers and relies on none of them.
struct Counts {
  /// Sent: from A to B, from B to A; where B is an interface, to it, and to the device.
  std::array<uint64_t, 2> frames{};
  uint64_t batches = 0;
  uint64_t busy_ticks = 0;
  std::array<uint64_t, 2> rx_stopped{};  ///< not 0: a device broke the rules of a direction's queue
  std::array<uint64_t, 2> tx_stopped{};
  std::array<queue::QueueCounters, 2> rx{};  ///< of each port, all queues together
  std::array<queue::QueueCounters, 2> tx{};
  std::array<uint64_t, 2>
      dropped{};  ///< an interface's: on the way to it, on the way to the device

  Counts& operator+=(const Counts& more);
};
[[nodiscard]] bool blames_a_device(const Counts& counts);

/// Each word is written by one side, and read by the other with one access.
class ControlPage {
 public:
  /// Errors: no memory or descriptors left.
  static Result<ControlPage> create();
  /// Errors: `permission` or `protocol` for memory that can shrink or is too small.
  static Result<ControlPage> adopt(OwnedFd memory);

  [[nodiscard]] int fd() const { return fd_.get(); }

  // The broker's words.
  void set_go();
  [[nodiscard]] bool may_go() const;
  void set_stop();
  [[nodiscard]] bool must_stop() const;

  // The worker's. The heartbeat is 0 until its work has begun.
  void beat(uint64_t heartbeat);
  [[nodiscard]] uint64_t heartbeat() const;
  void write(const Counts& counts);
  /// Only what comes before the ports' counters.
  void write_progress(const Counts& counts);
  [[nodiscard]] Counts counts() const;

 private:
  ControlPage(OwnedFd fd, Mapping page) : fd_(std::move(fd)), page_(std::move(page)) {}
  OwnedFd fd_;
  Mapping page_;
};

}  // namespace bulkhead::confine
