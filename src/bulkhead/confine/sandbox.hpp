// The sandbox that a process puts itself into: once its devices are open, it can neither open nor
// reach anything else.
#pragma once

#include <utility>

#include "bulkhead/base/error.hpp"
#include "bulkhead/confine/filters.hpp"
#include "bulkhead/confine/policy.hpp"
#include "bulkhead/confine/report.hpp"

namespace bulkhead::confine {

/// What enter() returns: the sandbox that the process is in from then on.
class Confinement {
 public:
  [[nodiscard]] const Report& report() const { return report_; }

  /// For a thread of Policy::threads, as the first thing that it does: from then on it makes
  /// Policy::thread_calls only. So it cannot end, nor allocate or free: it hands over its results,
  /// then calls park(). Errors: what seccomp(2) says.
  [[nodiscard]] Result<> narrow_thread();
  /// Whether narrow_thread() has an effect: without the layer `system_calls` threads end as usual.
  [[nodiscard]] bool narrows_threads() const {
    return report_.layers.back().presence == Presence::on;
  }

 private:
  Confinement(Report report, Filters filters)
      : report_(std::move(report)), filters_(std::move(filters)) {}
  friend Result<Confinement> enter(const Policy& policy);
  static Result<Confinement> prepare(const Policy& policy);
  Result<> close(const Policy& policy);

  Report report_;
  Filters filters_;
};

/// Puts on every layer, in the order of `Layer`. To be called before the process has threads. There
/// is no way back: after an error the process is partly confined, and ends.
///
/// Afterwards whatever the policy does not name is gone: files cannot be opened, descriptors cannot
/// be added, a system call that is not on the list kills the process with SIGSYS. As root it has
/// become the user "nobody" (65534). A caller without SystemCalls::control can neither allocate nor
/// free from then on.
///
/// Errors: `invalid_argument` if the process has threads; `unsupported` or `permission` for a layer
/// that is required and lacking, with what to do.
Result<Confinement> enter(const Policy& policy);

/// For a thread that has nothing left to do, and whose filter does not let it end: waits until the
/// process ends, without taking a core if its calls let it.
[[noreturn]] void park(SystemCalls calls);

}  // namespace bulkhead::confine
