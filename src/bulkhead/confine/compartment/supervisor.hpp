// Keeps a compartment's work going: one worker at a time, and the next one when it dies.
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
#include "bulkhead/confine/compartment/death.hpp"
#include "bulkhead/confine/compartment/watchdog.hpp"
#include "bulkhead/driver/nic.hpp"

namespace bulkhead::confine {

/// A process that works, or waits for its turn.
class Worker {
 public:
  Worker() = default;
  virtual ~Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  Worker(Worker&&) = delete;
  Worker& operator=(Worker&&) = delete;

  [[nodiscard]] virtual pid_t pid() const = 0;
  /// To poll(2) for POLLIN: it may be ready; for POLLHUP: it has ended.
  [[nodiscard]] virtual int fd() const = 0;
  /// Whether it waits for its turn. What it says after that is not listened to.
  [[nodiscard]] virtual bool ready() = 0;
  /// Once ready: what its sandbox lacks, for a person; empty if nothing.
  [[nodiscard]] virtual std::string lacks() const = 0;
  /// Whether it has ended: it does nothing any more, whether the kernel has said yet how it ended
  /// or not (Death::Kind::leaving).
  [[nodiscard]] virtual std::optional<Death> death() = 0;
  /// Kills it if it lives; it has ended when this returns.
  virtual Result<Death> end() = 0;
  [[nodiscard]] virtual std::chrono::nanoseconds processor_time() const = 0;
  [[nodiscard]] virtual uint64_t heartbeat() const = 0;
  [[nodiscard]] virtual Counts counts() const = 0;
  /// It is its turn.
  virtual void go() = 0;
  /// Asks it to finish what it has, and end.
  virtual void stop() = 0;
};

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
/// says or does, it is replaced. What ends the work is what is seen of the devices, and workers
/// that fail before their turn, as they have not met a frame yet.
class Supervisor {
 public:
  struct Options {
    std::chrono::nanoseconds hang_limit = std::chrono::milliseconds{200};
    /// A worker that takes longer to be ready is not waited for.
    std::chrono::nanoseconds start_limit = std::chrono::seconds{60};
    /// So many that fail to be ready, one after the other while nobody works, are no accident.
    uint32_t most_failed_starts = 5;
    /// Called with a line for each death and each new worker. It must not wait for anything.
    std::function<void(const std::string&)> log{};
  };
  using StartWorker = std::function<Result<std::unique_ptr<Worker>>()>;

  /// All outlive it. `charge` is ready to be worked on.
  Supervisor(Charge& charge, StartWorker start_worker, Options options, Clock& clock)
      : charge_(charge),
        start_worker_(std::move(start_worker)),
        options_(std::move(options)),
        clock_(clock) {}

  /// Starts the first worker, whose turn it is when it is ready. Errors: what starting meets.
  Result<> start();
  /// Waits for at most `time`, or until `also` (a descriptor, -1: none) is readable, and sees to
  /// what has happened. Errors: a device that is gone or cannot be brought to rest; no worker that
  /// can begin; one that does not end.
  Result<> watch(std::chrono::milliseconds time, int also = -1);
  /// Lets the worker finish, for at most two seconds, and ends all. What it drove is not halted.
  Result<> stop();

  /// Of all workers so far, together: their word.
  [[nodiscard]] Counts counts() const;
  /// Whose turn it is; 0 while nobody works.
  [[nodiscard]] pid_t worker() const { return active_ ? active_->pid() : 0; }
  [[nodiscard]] uint64_t deaths() const { return deaths_; }
  [[nodiscard]] uint64_t hangs() const { return hangs_; }

 private:
  /// One that has ended, until the kernel has said how.
  struct Leaving {
    std::unique_ptr<Worker> worker;
    bool told;  ///< the cause is known without that, and logged
  };

  Result<> look_at_active();
  Result<> look_at_spare();
  void look_at_leaving();
  /// Logs the cause, now or when it is known.
  void leave(std::unique_ptr<Worker> worker, const Death& death);
  Result<> take_over(const Death& death, driver::Rest rest);
  Result<> give_turn();
  Result<> start_spare();
  void look_whether_ready();
  Result<> lose_spare(const Death& death);
  Result<> fail_to_start(const std::string& why);
  void wait(std::chrono::milliseconds time, int also);
  bool wait_for(const std::function<bool()>& condition, int fd);
  void log(const std::string& line) const {
    if (options_.log) options_.log(line);
  }

  Charge& charge_;
  StartWorker start_worker_;
  Options options_;
  Clock& clock_;
  std::unique_ptr<Worker> active_;
  std::unique_ptr<Worker> spare_;
  std::vector<Leaving> leaving_;
  Watchdog watchdog_{options_.hang_limit};
  // Of those whose turn it was.
  Backoff backoff_;
  std::optional<Clock::TimePoint> began_;  ///< the active one's first heartbeat was seen
  Clock::TimePoint died_;                  ///< the last one's death was noticed
  Clock::TimePoint next_after_;            ///< nobody's turn is before
  bool at_rest_ = false;                   ///< the charge, since that death
  // Of those that wait for their turn.
  Backoff spare_backoff_;
  Clock::TimePoint spare_started_;
  std::optional<Clock::TimePoint> spare_ready_;
  Clock::TimePoint spare_after_;  ///< none is started before
  uint32_t failed_starts_ = 0;    ///< in a row, while nobody works
  bool told_what_lacks_ = false;
  Counts before_;  ///< of workers that are gone
  uint64_t deaths_ = 0;
  uint64_t hangs_ = 0;
};

}  // namespace bulkhead::confine
