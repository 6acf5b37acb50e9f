#include "bulkhead/confine/compartment/privileges.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include "bulkhead/confine/layers.hpp"

namespace bulkhead::confine {
namespace {

Result<> require(const LayerState& state) {
  if (state.presence == Presence::on) return {};
  return fail(ErrorCode::permission, fmt::format("the broker cannot give up its privileges: {}: {}",
                                                 to_string(state.layer), state.note));
}

}  // namespace

Result<> drop_privileges() {
  BULKHEAD_TRY(require(drop_identity()));
  // An ordinary user's bounding set stays full, and is of no use without privileged programs, which
  // the next layer rules out.
  static_cast<void>(drop_capabilities());
  BULKHEAD_TRY(require(forbid_new_privileges()));
  BULKHEAD_TRY(require(forbid_dumps()));
  return require(forbid_core());
}

void raise_descriptor_limit() {
  rlimit limits{};
  if (::getrlimit(RLIMIT_NOFILE, &limits) != 0) return;
  limits.rlim_cur = limits.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limits));
}

}  // namespace bulkhead::confine
