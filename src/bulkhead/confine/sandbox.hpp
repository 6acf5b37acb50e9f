// The sandbox that a process puts itself into: once its devices are open, it can neither open nor
// reach anything else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/confine/filter.hpp"
#include "bulkhead/confine/layer.hpp"
#include "bulkhead/confine/report.hpp"
#include "bulkhead/confine/system_calls.hpp"

namespace bulkhead::confine {

/// A descriptor that stays open, and what it is for.
struct Kept {
  int fd;
  std::string purpose;
};

struct Policy {
  std::vector<Kept> keep{};  ///< every other descriptor is closed
  SystemCalls calls = SystemCalls::control;
  /// Threads to be started afterwards, at most; they have the caller's layers, and put on a
  /// narrower filter by Confinement::narrow_thread().
  uint32_t threads = 0;
  SystemCalls thread_calls = SystemCalls::none;
  /// As many descriptors as one ppoll(2) looks at: it takes no more than there may be.
  uint32_t polled = 0;
  std::vector<Layer> required{};  ///< their absence is an error
  bool observe = false;           ///< fills Report::observed, which takes a fraction of a second
};

/// What enter() returns: the sandbox that the process is in from then on.
class Confinement {
 public:
  Confinement(Report report, Filter thread_filter, bool filters)
      : report_(std::move(report)), thread_filter_(std::move(thread_filter)), filters_(filters) {}

  [[nodiscard]] const Report& report() const { return report_; }

  /// For a thread of Policy::threads, as the first thing that it does: from then on it makes
  /// Policy::thread_calls only. So it cannot end: it hands over its results, then calls park().
  /// Errors: what seccomp(2) says.
  [[nodiscard]] Result<> narrow_thread();
  /// Whether narrow_thread() has an effect: without the layer `system_calls` threads end as usual.
  [[nodiscard]] bool narrows_threads() const { return filters_; }

 private:
  Report report_;
  Filter thread_filter_;
  bool filters_;
};

/// Puts on every layer, in the order of `Layer`. To be called before the process has threads. There
/// is no way back: after an error the process is partly confined, and ends.
///
/// Afterwards whatever the policy does not name is gone: files cannot be opened, descriptors cannot
/// be added, a system call that is not on the list kills the process with SIGSYS. As root it has
/// become the user "nobody" (65534), which clears PR_SET_PDEATHSIG.
///
/// Errors: `invalid_argument` if the process has threads; `unsupported` or `permission` for a layer
/// that is required and lacking, with what to do.
Result<Confinement> enter(const Policy& policy);

/// For a thread that has nothing left to do, and whose filter does not let it end: waits until the
/// process ends, without taking a core if its calls let it.
[[noreturn]] void park(SystemCalls calls);

}  // namespace bulkhead::confine
