// A child with every right inside of a user namespace, and none outside.
#pragma once

#include <string>

#include "bulkhead/confine/layers.hpp"

#include "tests/confine/child.hpp"

namespace bulkhead::confine {

/// What `body` returns there; "none: why" where there are no user namespaces.
template <class Body>
Ended in_user_namespace(Body body) {
  return in_child([body](int) -> std::string {
    drop_identity();
    const auto state = enter_user_namespace();
    if (state.presence != Presence::on) return "none: " + state.note;
    return body();
  });
}

}  // namespace bulkhead::confine
