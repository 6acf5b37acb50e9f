// A list of system calls as a program that the kernel runs at each of them.
#pragma once

#include <span>
#include <vector>

#include <linux/filter.h>

#include "bulkhead/base/error.hpp"
#include "bulkhead/confine/system_calls.hpp"

namespace bulkhead::confine {

/// Made in advance, so that a thread puts it on by one system call and no allocation.
class Filter {
 public:
  Filter() = default;
  /// Whatever no rule lets pass kills the process; so do calls of other architectures. Errors:
  /// what libseccomp says.
  static Result<Filter> build(std::span<const Rule> rules);
  /// For what rules_for() says.
  static Result<Filter> build(SystemCalls calls, bool threads);

  /// Puts it on the calling thread, for good. Errors: what seccomp(2) says; `unsupported` for a
  /// kernel without it.
  [[nodiscard]] Result<> load();

 private:
  std::vector<sock_filter> program_;
  bool refuses_all_ = false;  ///< afterwards no call at all is made
};

}  // namespace bulkhead::confine
