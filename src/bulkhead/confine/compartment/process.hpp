// A process of ours, from its start to its certain end.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/confine/compartment/death.hpp"

namespace bulkhead::confine {

/// A program that was opened while it could be, to be started again and again.
class Program {
 public:
  /// The program that runs here, with other arguments. Errors: what opening it meets.
  static Result<Program> this_one(std::vector<std::string> arguments);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::vector<std::string>& arguments() const [[clang::lifetimebound]] {
    return arguments_;
  }

 private:
  OwnedFd fd_;
  std::vector<std::string> arguments_;
};

class Process {
 public:
  /// Where the process finds its channel.
  static constexpr int channel_number = 3;
  /// Where it finds a descriptor of its program, which is of no use: to be closed.
  static constexpr int program_number = 4;

  /// Starts the program with the channel and nothing else of ours: no other descriptor but its
  /// program's, no environment, no signal blocked. What it writes to standard error goes nowhere,
  /// but for a sanitizer's reports. Nothing is copied of this
  /// process's memory, so registers may be mapped in it. Errors: what the kernel says.
  static Result<Process> start(const Program& program, int channel);

  Process(Process&&) noexcept;
  Process& operator=(Process&&) noexcept;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// Ends it, as end() does.
  ~Process();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// To poll(2) for POLLIN: it has ended. -1 when its death is known.
  [[nodiscard]] int fd() const { return pidfd_.get(); }
  /// How it ended, if it has.
  std::optional<Death> death();
  /// Sends SIGKILL, and does not wait.
  void kill() const;
  /// Kills it if it lives, and waits until it is gone. Errors: `timeout` for one that the kernel
  /// does not let go.
  Result<Death> end();
  /// The time that it has spent on processors, all threads together.
  [[nodiscard]] std::chrono::nanoseconds processor_time() const;

 private:
  Process(pid_t pid, OwnedFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  void swap(Process& other) noexcept;

  pid_t pid_ = -1;
  OwnedFd pidfd_;
  std::optional<Death> death_;
};

}  // namespace bulkhead::confine
