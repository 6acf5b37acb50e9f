// The processes that do a compartment's work at the same time: one, or several that share it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <poll.h>
#include <sys/types.h>

#include "bulkhead/base/error.hpp"
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
  /// To poll(2) for POLLIN: it may be ready; for POLLHUP: it has ended.
  [[nodiscard]] virtual int fd() const = 0;
  /// Whether it waits for its turn. What it says after that is not listened to.
  [[nodiscard]] virtual bool ready() = 0;
  /// Once ready: what its sandbox lacks, for a person; empty if nothing.
  [[nodiscard]] virtual std::string lacks() const = 0;
  /// Whether it has ended: it does nothing any more, whether the kernel has said yet how it ended
  /// or not (Death::Kind::leaving).
  [[nodiscard]] virtual std::optional<Death> death() = 0;
  /// Sends SIGKILL, and does not wait.
  virtual void kill() = 0;
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

/// Who is lost to a crew, and how.
struct Loss {
  Worker* who;
  Death death;
};

/// Workers that are started, set to work and ended together. They have one device between them:
/// when one is lost the device is brought to rest, so the work of all is over.
class Crew {
 public:
  /// At least one member.
  Crew(std::vector<std::unique_ptr<Worker>> members, std::chrono::nanoseconds hang_limit);

  /// "worker 12", "workers 12, 13"
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::vector<pid_t> pids() const;
  /// Adds what to poll(2) for: the words of those that awaited() has not found ready, and anybody's
  /// end.
  void append_to(std::vector<pollfd>& events) const;

  /// Somebody who is not ready for the turn; nobody if all are.
  [[nodiscard]] Worker* awaited();
  /// Once all are ready: what the sandbox of the first lacks that lacks something.
  [[nodiscard]] std::string lacks() const;
  /// The first that has ended, if any has.
  [[nodiscard]] std::optional<Loss> ended();
  /// To be asked now and then while they work: the first that has ended; else one that says that a
  /// device broke the rules; else one that hangs. Who is not dead is not killed by this.
  [[nodiscard]] std::optional<Loss> lost();
  /// Somebody who has not ended; nobody if all have.
  [[nodiscard]] Worker* living();
  /// Whether the kernel has said of all how they ended.
  [[nodiscard]] bool all_gone();
  /// Kills who lives; all have ended when this returns. Errors: one that does not end.
  Result<> end();

  /// Whether all have begun to work.
  [[nodiscard]] bool has_begun() const;
  /// Of all together.
  [[nodiscard]] Counts counts() const;
  void go();
  void stop();

 private:
  struct Member {
    std::unique_ptr<Worker> worker;
    Watchdog watchdog;  ///< its own: it compares one heartbeat with one process's time
    bool ready = false;
  };
  std::vector<Member> members_;
};

}  // namespace bulkhead::confine
