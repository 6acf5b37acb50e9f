// The filters that a policy asks for: of the thread that enters, and of those that follow.
#pragma once

#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/confine/filter.hpp"
#include "bulkhead/confine/policy.hpp"
#include "bulkhead/confine/report.hpp"

namespace bulkhead::confine {

class Filters {
 public:
  /// Errors: what libseccomp says.
  static Result<Filters> build(const Policy& policy);

  /// What passes each of them: the main thread's, and with threads the data path's, which puts its
  /// own on top of it. Errors: those of try_system_calls().
  Result<std::vector<PassingCalls>> try_all();

  Result<> load_own() { return own_.load(); }
  Result<> load_thread() { return thread_.load(); }

 private:
  bool threads_ = false;
  std::vector<Rule> own_rules_;
  std::vector<Rule> thread_rules_;
  Filter own_;
  Filter thread_;
};

}  // namespace bulkhead::confine
