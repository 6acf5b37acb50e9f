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
#include "bulkhead/confine/compartment/control_page.hpp"
#include "bulkhead/confine/compartment/death.hpp"
#include "bulkhead/confine/compartment/watchdog.hpp"

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
  /// To poll(2) for POLLHUP: it has ended.
  [[nodiscard]] virtual int fd() const = 0;
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

  virtual Result<> halt() = 0;
  virtual Result<> resume() = 0;
};

class Supervisor {
 public:
  using Clock = std::chrono::steady_clock;
  struct Options {
    std::chrono::nanoseconds hang_limit = std::chrono::milliseconds{200};
    /// Called with a line for each death and each new worker.
    std::function<void(const std::string&)> log;
  };
  using StartWorker = std::function<Result<std::unique_ptr<Worker>>()>;

  /// Both outlive it. `charge` is ready to be worked on.
  Supervisor(Charge& charge, StartWorker start_worker, Options options)
      : charge_(charge), start_worker_(std::move(start_worker)), options_(std::move(options)) {}

  /// Starts the first worker, and one that waits. Errors: what starting meets.
  Result<> start();
  /// Waits for at most `time`, or until `also` (a descriptor, -1: none) is readable, and sees to
  /// what has happened. Errors: a device that is gone or cannot be brought to rest; a worker that
  /// could not begin twice in a row; one that does not end.
  Result<> watch(std::chrono::milliseconds time, int also = -1);
  /// Lets the worker finish, for at most two seconds, and ends all. What it drove is not halted.
  Result<> stop();

  /// Of all workers so far, together.
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
  Result<> take_over(const Death& death);
  Result<> bring_next();
  Result<> start_spare();
  void wait(std::chrono::milliseconds time, int also) const;
  void log(const std::string& line) const {
    if (options_.log) options_.log(line);
  }

  Charge& charge_;
  StartWorker start_worker_;
  Options options_;
  std::unique_ptr<Worker> active_;
  std::unique_ptr<Worker> spare_;
  std::vector<Leaving> leaving_;
  Watchdog watchdog_{options_.hang_limit};
  Backoff backoff_;
  Clock::time_point since_;       ///< the active one's turn began
  Clock::time_point died_;        ///< the last one's death was noticed
  Clock::time_point next_after_;  ///< none is started before
  uint32_t failed_starts_ = 0;
  Counts before_;  ///< of workers that are gone
  uint64_t deaths_ = 0;
  uint64_t hangs_ = 0;
};

}  // namespace bulkhead::confine
