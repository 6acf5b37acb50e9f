// Ctrl-C and SIGTERM as a flag to ask and a descriptor to wait on.
#pragma once

#include <chrono>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"

namespace bulkhead::app {

/// Blocks SIGINT, SIGTERM and SIGHUP in the calling thread and those it starts later, and takes
/// them by signalfd(2). A second signal while the first one is being obeyed ends the process at
/// once.
class StopSignal {
 public:
  static Result<StopSignal> create();

  /// Waits at most `time` for a signal; true once one has come.
  bool wait(std::chrono::milliseconds time);
  /// To be called in the main thread when another one has waited: the next signal ends the process
  /// at once, whatever this thread is doing.
  static void let_the_next_one_end_us();
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  explicit StopSignal(OwnedFd fd) : fd_(std::move(fd)) {}
  OwnedFd fd_;
  bool came_ = false;
};

}  // namespace bulkhead::app
