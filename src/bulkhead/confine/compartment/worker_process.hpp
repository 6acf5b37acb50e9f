// A worker that is a process of its own.
#pragma once

#include <memory>
#include <string>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/confine/compartment/control_page.hpp"
#include "bulkhead/confine/compartment/crew.hpp"
#include "bulkhead/confine/compartment/deal.hpp"
#include "bulkhead/confine/compartment/process.hpp"

namespace bulkhead::confine {

class WorkerProcess final : public Worker {
 public:
  /// Starts a process that makes itself ready for its share. Errors: no process, memory or
  /// descriptor left.
  static Result<std::unique_ptr<Worker>> start(const Program& program, const Share& share);

  WorkerProcess(Process process, OwnedFd channel, ControlPage control, OwnedFd wake)
      : process_(std::move(process)),
        channel_(std::move(channel)),
        control_(std::move(control)),
        wake_(std::move(wake)) {}

  [[nodiscard]] pid_t pid() const override { return process_.pid(); }
  [[nodiscard]] int fd() const override { return channel_.get(); }
  [[nodiscard]] bool ready() override;
  [[nodiscard]] std::string lacks() const override { return lacks_; }
  [[nodiscard]] std::optional<Death> death() override;
  void kill() override { process_.kill(); }
  Result<Death> end() override;
  [[nodiscard]] std::chrono::nanoseconds processor_time() const override {
    return process_.processor_time();
  }
  [[nodiscard]] uint64_t heartbeat() const override { return control_.heartbeat(); }
  [[nodiscard]] Counts counts() const override { return control_.counts(); }
  void go() override;
  void stop() override;

 private:
  void listen();
  void wake() const;

  Process process_;
  OwnedFd channel_;
  ControlPage control_;
  OwnedFd wake_;
  bool has_turn_ = false;
  bool ready_ = false;
  std::string lacks_;
  std::string said_;
  bool lasting_ = false;
};

}  // namespace bulkhead::confine
