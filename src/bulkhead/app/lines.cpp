#include "bulkhead/app/lines.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace bulkhead::app {
namespace {

/// As much as may wait for a slow reader.
constexpr size_t most_waiting = size_t{64} << 10U;
constexpr std::chrono::seconds patience{1};

/// An error is nobody's to hear.
void write_out(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

/// The thread may be stuck in a write when all else has ended, so it owns this, too.
struct Lines::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::string waiting;
  uint64_t lost = 0;
  bool writing = false;
  bool ending = false;

  void write_all() {
    std::unique_lock lock{mutex};
    while (true) {
      changed.wait(lock, [this] { return ending || !waiting.empty(); });
      if (waiting.empty()) return;
      auto text = std::exchange(waiting, {});
      if (lost != 0) text += fmt::format("bulkhead: {} lines found no reader\n", lost);
      lost = 0;
      writing = true;
      lock.unlock();
      write_out(text);
      lock.lock();
      writing = false;
      changed.notify_all();
    }
  }
};

Lines::Lines() : shared_(std::make_shared<Shared>()) {
  std::thread{[shared = shared_] { shared->write_all(); }}.detach();
}

Lines::~Lines() {
  std::unique_lock lock{shared_->mutex};
  shared_->ending = true;
  shared_->changed.notify_all();
  shared_->changed.wait_for(lock, patience,
                            [this] { return shared_->waiting.empty() && !shared_->writing; });
}

void Lines::say(std::string line) {
  const std::scoped_lock lock{shared_->mutex};
  if (shared_->waiting.size() + line.size() > most_waiting) {
    ++shared_->lost;
    return;
  }
  shared_->waiting += line;
  shared_->changed.notify_all();
}

}  // namespace bulkhead::app
