#include "bulkhead/confine/filters.hpp"

#include <array>

#include "bulkhead/confine/attempt.hpp"

namespace bulkhead::confine {
namespace {

SystemCalls possible(SystemCalls wanted) {
  return wanted == SystemCalls::none && !can_refuse_all_calls() ? SystemCalls::polling : wanted;
}

}  // namespace

Result<Filters> Filters::build(const Policy& policy) {
  const auto own_calls = possible(policy.calls);
  const auto thread_calls = possible(policy.thread_calls);
  Filters filters;
  filters.threads_ = policy.threads > 0;
  filters.own_rules_ = rules_for(own_calls, filters.threads_);
  filters.thread_rules_ = rules_for(thread_calls, false);
  BULKHEAD_TRY_ASSIGN(filters.own_, Filter::build(own_calls, filters.threads_));
  BULKHEAD_TRY_ASSIGN(filters.thread_, Filter::build(thread_calls, false));
  return filters;
}

Result<std::vector<PassingCalls>> Filters::try_all() {
  std::vector<PassingCalls> found;
  const std::array both{&own_, &thread_};
  BULKHEAD_TRY_ASSIGN(auto own,
                      try_system_calls("main thread", std::span{both}.first(1), own_rules_));
  found.push_back(std::move(own));
  if (!threads_) return found;
  BULKHEAD_TRY_ASSIGN(auto thread, try_system_calls("data path", both, thread_rules_));
  found.push_back(std::move(thread));
  return found;
}

}  // namespace bulkhead::confine
