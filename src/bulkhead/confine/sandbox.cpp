#include "bulkhead/confine/sandbox.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>
#include <poll.h>

#include "bulkhead/base/relax.hpp"
#include "bulkhead/bus/text_files.hpp"
#include "bulkhead/confine/attempt.hpp"
#include "bulkhead/confine/layers.hpp"
#include "bulkhead/confine/observer.hpp"
#include "bulkhead/confine/runtime.hpp"

namespace bulkhead::confine {
namespace {

/// Puts layers on, one after the other, and stops at one that is required and not there.
class Layers {
 public:
  explicit Layers(const std::vector<Layer>& required) : required_(required) {}

  Result<> take(LayerState state) {
    const bool missing = state.presence != Presence::on &&
                         std::ranges::find(required_, state.layer) != required_.end();
    states_.push_back(std::move(state));
    if (!missing) return {};
    return fail(ErrorCode::unsupported,
                fmt::format("the sandbox lacks the layer {}, which is required: {}",
                            to_string(states_.back().layer), states_.back().note));
  }
  [[nodiscard]] bool has(Layer layer) const {
    return std::ranges::any_of(states_, [layer](const LayerState& state) {
      return state.layer == layer && state.presence == Presence::on;
    });
  }
  std::vector<LayerState> states() && { return std::move(states_); }

 private:
  const std::vector<Layer>& required_;
  std::vector<LayerState> states_;
};

/// A sanitizer's runtime has a thread of its own, which nothing here has started.
Result<> check_threads() {
  const auto threads = bus::entries("/proc/self/task").size();
  if (threads <= 1 || thread_sanitizer) return {};
  return fail(ErrorCode::invalid_argument, fmt::format("{} threads run already", threads),
              "enter the sandbox first, then start threads");
}

std::vector<int> descriptors_of(const Policy& policy, const std::optional<Observer>& observer) {
  std::vector<int> keep;
  if (observer) keep = observer->descriptors();
  for (const auto& kept : policy.keep) keep.push_back(kept.fd);
  return keep;
}

Result<> enter_namespaces(Layers& layers) {
  BULKHEAD_TRY(layers.take(enter_user_namespace()));
  BULKHEAD_TRY(layers.take(enter_empty_root()));
  BULKHEAD_TRY(layers.take(enter_network_namespace()));
  BULKHEAD_TRY(layers.take(enter_ipc_namespace()));
  BULKHEAD_TRY(layers.take(enter_uts_namespace()));
  return layers.take(look_for_pid_namespace());
}

Result<> give_up_rights(Layers& layers) {
  BULKHEAD_TRY(layers.take(drop_capabilities()));
  BULKHEAD_TRY(layers.take(forbid_new_privileges()));
  BULKHEAD_TRY(layers.take(forbid_new_code()));
  BULKHEAD_TRY(layers.take(forbid_dumps()));
  return layers.take(deny_by_landlock());
}

Result<> limit_resources(Layers& layers, const Policy& policy) {
  BULKHEAD_TRY(layers.take(forbid_core()));
  BULKHEAD_TRY(layers.take(forbid_growing_files(policy.keep)));
  BULKHEAD_TRY(layers.take(forbid_processes(policy.threads, layers.has(Layer::user_namespace))));
  return layers.take(forbid_new_files(policy.keep, policy.polled));
}

LayerState load(Filter& filter) {
  if (sanitized)
    return lacks(Layer::system_calls, "the sanitizers' runtime makes calls of its own");
  if (auto loaded = filter.load(); !loaded)
    return lacks(Layer::system_calls, loaded.error().message());
  return is_on(Layer::system_calls);
}

/// The filters of the calling thread and of those that follow.
class Filters {
 public:
  static Result<Filters> build(const Policy& policy) {
    Filters filters;
    filters.own_rules_ = rules_for(policy.calls, policy.threads > 0);
    const auto thread_calls = policy.thread_calls == SystemCalls::none && !can_refuse_all_calls()
                                  ? SystemCalls::polling
                                  : policy.thread_calls;
    filters.thread_rules_ = rules_for(thread_calls, false);
    BULKHEAD_TRY_ASSIGN(filters.own, Filter::build(policy.calls, policy.threads > 0));
    BULKHEAD_TRY_ASSIGN(filters.thread, Filter::build(thread_calls, false));
    return filters;
  }
  Result<std::vector<PassingCalls>> try_all(bool threads) {
    std::vector<PassingCalls> found;
    if (sanitized) return found;
    const std::array both{&own, &thread};
    BULKHEAD_TRY_ASSIGN(auto calls,
                        try_system_calls("main thread", std::span{both}.first(1), own_rules_));
    found.push_back(std::move(calls));
    if (!threads) return found;
    BULKHEAD_TRY_ASSIGN(auto narrow, try_system_calls("data path", both, thread_rules_));
    found.push_back(std::move(narrow));
    return found;
  }

  Filter own;
  Filter thread;

 private:
  std::vector<Rule> own_rules_;
  std::vector<Rule> thread_rules_;
};

}  // namespace

Result<Confinement> enter(const Policy& policy) {
  BULKHEAD_TRY(check_threads());
  BULKHEAD_TRY_ASSIGN(auto filters, Filters::build(policy));
  std::optional<Observer> observer;
  if (policy.observe) {
    BULKHEAD_TRY_ASSIGN(observer, Observer::create(policy));
  }
  Layers layers{policy.required};
  BULKHEAD_TRY(layers.take(drop_identity()));
  BULKHEAD_TRY(enter_namespaces(layers));
  if (observer) BULKHEAD_TRY(observer->look_around());
  BULKHEAD_TRY(give_up_rights(layers));
  BULKHEAD_TRY(layers.take(close_all_but(descriptors_of(policy, observer))));
  std::vector<PassingCalls> calls;
  if (observer) {
    observer->try_files();
    BULKHEAD_TRY_ASSIGN(calls, filters.try_all(policy.threads > 0));
  }
  BULKHEAD_TRY(limit_resources(layers, policy));
  std::optional<Observation> observed;
  if (observer) observed = observer->observe(std::move(calls));
  observer.reset();
  BULKHEAD_TRY(layers.take(load(filters.own)));
  const bool narrows = layers.has(Layer::system_calls);
  return Confinement{{.layers = std::move(layers).states(), .observed = std::move(observed)},
                     std::move(filters.thread),
                     narrows};
}

Result<> Confinement::narrow_thread() {
  if (!filters_) return {};
  return thread_filter_.load();
}

void park(SystemCalls calls) {
  while (true) {
    if (calls == SystemCalls::interrupts || calls == SystemCalls::control) {
      static_cast<void>(::ppoll(nullptr, 0, nullptr, nullptr));
    } else {
      relax();
    }
  }
}

}  // namespace bulkhead::confine
