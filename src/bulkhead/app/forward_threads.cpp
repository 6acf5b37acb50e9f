#include "bulkhead/app/forward_threads.hpp"

#include <algorithm>
#include <utility>

namespace bulkhead::app {

ForwardThreads::ForwardThreads(std::vector<Share> shares, ForwardWorker::Options options,
                               confine::Confinement* sandbox)
    : progress_(shares.size()) {
  for (size_t i = 0; i < shares.size(); ++i)
    workers_.push_back(
        std::make_unique<ForwardWorker>(std::move(shares[i]), options, progress_, i, sandbox));
}

bool ForwardThreads::stop() {
  std::vector<ForwardWorker*> workers;
  workers.reserve(workers_.size());
  for (const auto& worker : workers_) workers.push_back(worker.get());
  return ForwardWorker::stop(workers);
}

bool ForwardThreads::finished() const {
  return std::ranges::any_of(workers_, [](const auto& worker) { return worker->finished(); });
}

Result<> ForwardThreads::outcome() const {
  for (const auto& worker : workers_) BULKHEAD_TRY(worker->outcome());
  return {};
}

Passed ForwardThreads::passed() const {
  Passed all;
  for (const Progress& progress : progress_) all += progress.passed();
  return all;
}

std::vector<uint64_t> ForwardThreads::frames_by_thread() const {
  std::vector<uint64_t> frames;
  frames.reserve(progress_.size());
  for (const Progress& progress : progress_) frames.push_back(progress.passed().total());
  return frames;
}

net::Forwarder::Stopped ForwardThreads::stopped(size_t direction) const {
  net::Forwarder::Stopped any;
  for (const Progress& progress : progress_) {
    const auto stopped = progress.stopped(direction);
    any.rx |= stopped.rx;
    any.tx |= stopped.tx;
  }
  return any;
}

}  // namespace bulkhead::app
