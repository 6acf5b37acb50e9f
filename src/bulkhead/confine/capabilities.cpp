#include "bulkhead/confine/capability_sets.hpp"
#include "bulkhead/confine/layers.hpp"

namespace bulkhead::confine {

// capabilities(7): only CAP_SETPCAP takes something out of the bounding set, so that comes first.
LayerState drop_capabilities() {
  const bool unbound = clear_bounding_set();
  if (!clear_capabilities())
    return lacks(Layer::capabilities, fail_errno("giving up the capabilities").error().what);
  if (unbound) return is_on(Layer::capabilities);
  return lacks(Layer::capabilities,
               "the bounding set stays full: emptying it takes a user namespace, or root");
}

}  // namespace bulkhead::confine
