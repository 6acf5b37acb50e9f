#include "bulkhead/confine/sandbox.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <poll.h>

#include "bulkhead/base/relax.hpp"
#include "bulkhead/bus/text_files.hpp"
#include "bulkhead/confine/layers.hpp"
#include "bulkhead/confine/observer.hpp"
#include "bulkhead/confine/runtime.hpp"

namespace bulkhead::confine {
namespace {

/// Errors: `unsupported` for a layer that is required and not there.
Result<> check_required(const std::vector<Layer>& required, const LayerState& state) {
  if (state.presence == Presence::on || std::ranges::find(required, state.layer) == required.end())
    return {};
  return fail(ErrorCode::unsupported,
              fmt::format("the sandbox lacks the layer {}, which is required: {}",
                          to_string(state.layer), state.note));
}

/// Those that are on so far.
class Layers {
 public:
  explicit Layers(const std::vector<Layer>& required) : required_(required) {}

  Result<> take(LayerState state) {
    // What a sanitizer's runtime cannot live with is known to who has built with it.
    if (sanitized && state.presence == Presence::lacking) state.presence = Presence::forgone;
    states_.push_back(std::move(state));
    return check_required(required_, states_.back());
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

Result<> check_threads() {
  const auto threads = bus::entries("/proc/self/task").size();
  if (threads <= 1 + runtime_threads) return {};
  return fail(ErrorCode::invalid_argument, fmt::format("{} threads run already", threads),
              "enter the sandbox first, then start threads");
}

LayerState system_calls_to_be_filtered() {
  if (!sanitized) return is_on(Layer::system_calls);
  return lacks(Layer::system_calls, "the sanitizers' runtime makes calls of its own");
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
  const auto threads = policy.threads + runtime_threads;
  BULKHEAD_TRY(layers.take(forbid_processes(threads, layers.has(Layer::user_namespace))));
  return layers.take(forbid_new_files(policy.keep, policy.polled));
}

}  // namespace

/// All layers but the last, which close() puts on.
Result<Confinement> Confinement::prepare(const Policy& policy) {
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
    if (!sanitized) {
      BULKHEAD_TRY_ASSIGN(calls, filters.try_all());
    }
  }
  BULKHEAD_TRY(limit_resources(layers, policy));
  look_for_no_more_leaks();
  BULKHEAD_TRY(layers.take(system_calls_to_be_filtered()));
  Report report;
  if (observer) report.observed = observer->observe(std::move(calls));
  report.layers = std::move(layers).states();
  return Confinement{std::move(report), std::move(filters)};
}

/// Nothing is allocated or freed here if all is well: what the filter lets pass may be next to
/// none.
Result<> Confinement::close(const Policy& policy) {
  if (!narrows_threads()) return {};
  auto loaded = filters_.load_own();
  if (loaded) return {};
  report_.layers.back() = lacks(Layer::system_calls, std::move(loaded).error().message());
  return check_required(policy.required, report_.layers.back());
}

Result<Confinement> enter(const Policy& policy) {
  auto confinement = Confinement::prepare(policy);
  if (!confinement) return confinement;
  if (policy.last_word) policy.last_word(confinement->report());
  auto closed = confinement->close(policy);
  if (!closed) return std::unexpected(std::move(closed).error());
  return confinement;
}

Result<> Confinement::narrow_thread() {
  if (!narrows_threads()) return {};
  return filters_.load_thread();
}

void park(SystemCalls calls) {
  while (true) {
    if (calls == SystemCalls::none || calls == SystemCalls::polling) {
      relax();
    } else {
      static_cast<void>(::ppoll(nullptr, 0, nullptr, nullptr));
    }
  }
}

}  // namespace bulkhead::confine
