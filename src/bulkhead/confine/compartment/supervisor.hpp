// Keeps a compartment's work going: one crew of workers at a time, and the next one when it loses a
// worker.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "bulkhead/base/error.hpp"
#include "bulkhead/confine/compartment/backoff.hpp"
#include "bulkhead/confine/compartment/clock.hpp"
#include "bulkhead/confine/compartment/control_page.hpp"
#include "bulkhead/confine/compartment/crew.hpp"
#include "bulkhead/driver/nic.hpp"

namespace bulkhead::confine {

/// What the workers drive. While none does it can be brought to rest.
class Charge {
 public:
  Charge() = default;
  virtual ~Charge() = default;
  Charge(const Charge&) = delete;
  Charge& operator=(const Charge&) = delete;
  Charge(Charge&&) = delete;
  Charge& operator=(Charge&&) = delete;

  virtual Result<> halt(driver::Rest rest) = 0;
  virtual Result<> resume() = 0;
};

/// A worker's word ends nothing: it may be in the hands of whoever sends it frames. Whatever it
/// says or does, it is replaced, and the rest of its crew with it. What ends the work is what is
/// seen of the devices, and workers that fail before their turn, as they have not met a frame yet.
class Supervisor {
 public:
  struct Options {
    std::chrono::nanoseconds hang_limit = std::chrono::milliseconds{200};
    /// A worker that takes longer to be ready is not waited for.
    std::chrono::nanoseconds start_limit = std::chrono::seconds{60};
    /// So many that fail to be ready, one after the other while nobody works, are no accident. (Of
    /// those that come first of all one is enough, if it says that something is not there.)
    uint32_t most_failed_starts = 5;
    /// Called with a line for each death and each new worker. It must not wait for anything.
    std::function<void(const std::string&)> log{};
  };
  /// A crew's members, one at least.
  using StartWorkers = std::function<Result<std::vector<std::unique_ptr<Worker>>>()>;

  /// All outlive it. `charge` is ready to be worked on.
  Supervisor(Charge& charge, StartWorkers start_workers, Options options, Clock& clock)
      : charge_(charge),
        start_workers_(std::move(start_workers)),
        options_(std::move(options)),
        clock_(clock) {}

  /// Starts the first crew, whose turn it is when it is ready. Errors: what starting meets.
  Result<> start();
  /// Waits for at most `time`, or until `also` (a descriptor, -1: none) is readable, and sees to
  /// what has happened. Errors: a device that is gone or cannot be brought to rest; no worker that
  /// can begin; one that does not end.
  Result<> watch(std::chrono::milliseconds time, int also = -1);
  /// Lets the workers finish, for at most two seconds, and ends all. What they drove is not halted.
  Result<> stop();

  /// Of all workers so far, together: their word.
  [[nodiscard]] Counts counts() const;
  /// Whose turn it is; none while nobody works.
  [[nodiscard]] std::vector<pid_t> workers() const {
    return active_ ? active_->pids() : std::vector<pid_t>{};
  }
  /// Crews that were replaced.
  [[nodiscard]] uint64_t deaths() const { return deaths_; }
  [[nodiscard]] uint64_t hangs() const { return hangs_; }

 private:
  /// One that has ended, until the kernel has said how.
  struct Leaving {
    std::unique_ptr<Crew> crew;
    Worker* lost;
    bool told;  ///< the cause is known without that, and logged
  };

  Result<> look_at_active();
  Result<> look_at_spare();
  void look_at_leaving();
  /// Logs the cause, now or when it is known.
  void leave(std::unique_ptr<Crew> crew, const Loss& loss);
  Result<> take_over(const Loss& loss);
  Result<> give_turn();
  Result<> start_spare();
  /// Who is waited for.
  Worker* look_whether_ready();
  Result<> lose_spare(const Loss& loss);
  Result<> fail_to_start(const std::string& why);
  void wait(std::chrono::milliseconds time, int also);
  void wait_until_all_are_gone();
  void wait_until_all_have_finished();
  void log(const std::string& line) const {
    if (options_.log) options_.log(line);
  }

  Charge& charge_;
  StartWorkers start_workers_;
  Options options_;
  Clock& clock_;
  std::unique_ptr<Crew> active_;
  std::unique_ptr<Crew> spare_;
  std::vector<Leaving> leaving_;
  // Of those whose turn it was.
  Backoff backoff_;
  std::optional<Clock::TimePoint> began_;  ///< first heartbeats of all the active were seen
  Clock::TimePoint died_;                  ///< the last one's death was noticed
  Clock::TimePoint next_after_;            ///< nobody's turn is before
  bool at_rest_ = false;                   ///< the charge, since that death
  // Of those that wait for their turn.
  Backoff spare_backoff_;
  Clock::TimePoint spare_started_;
  std::optional<Clock::TimePoint> spare_ready_;
  Clock::TimePoint spare_after_;  ///< none is started before
  uint32_t failed_starts_ = 0;    ///< in a row, while nobody works
  bool any_was_ready_ = false;
  bool told_what_lacks_ = false;
  bool told_why_none_starts_ = false;  ///< since the last that could be
  Counts before_;                      ///< of workers that are gone
  uint64_t deaths_ = 0;
  uint64_t hangs_ = 0;
};

}  // namespace bulkhead::confine
