// The threads that forward, seen as one.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "bulkhead/app/forward_worker.hpp"
#include "bulkhead/app/progress.hpp"
#include "bulkhead/confine/sandbox.hpp"

namespace bulkhead::app {

/// A worker for each of some shares. Nothing that one of them writes is written by another.
class ForwardThreads {
 public:
  ForwardThreads(std::vector<Share> shares, ForwardWorker::Options options,
                 confine::Confinement* sandbox);

  /// ForwardWorker::stop(), all at a time.
  [[nodiscard]] bool stop();
  /// At least one of them has come to an end, so the others are to be stopped.
  [[nodiscard]] bool finished() const;
  /// Once stopped: the first of what kept them from doing their work, if anything.
  [[nodiscard]] Result<> outcome() const;

  [[nodiscard]] Passed passed() const;
  [[nodiscard]] std::vector<uint64_t> frames_by_thread() const;
  /// Which queues of a direction's have stopped.
  [[nodiscard]] net::Forwarder::Stopped stopped(size_t direction) const;
  [[nodiscard]] std::span<const std::unique_ptr<ForwardWorker>> workers() const
      [[clang::lifetimebound]] {
    return workers_;
  }

 private:
  std::vector<Progress> progress_;
  std::vector<std::unique_ptr<ForwardWorker>> workers_;
};

}  // namespace bulkhead::app
