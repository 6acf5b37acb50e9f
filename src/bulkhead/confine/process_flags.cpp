#include <sys/prctl.h>

#include "bulkhead/confine/layers.hpp"
#include "bulkhead/confine/runtime.hpp"

namespace bulkhead::confine {
namespace {

// linux/prctl.h, since Linux 6.3: older headers lack them.
constexpr int set_mdwe = 65;
constexpr unsigned long refuse_exec_gain = 1;

}  // namespace

LayerState forbid_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) == 0) return is_on(Layer::no_new_privileges);
  return lacks(Layer::no_new_privileges, fail_errno("PR_SET_NO_NEW_PRIVS").error().what);
}

LayerState forbid_new_code() {
  if (::prctl(set_mdwe, refuse_exec_gain, 0UL, 0UL, 0UL) == 0) return is_on(Layer::no_new_code);
  return lacks(Layer::no_new_code, "PR_SET_MDWE came with Linux 6.3");
}

LayerState forbid_dumps() {
  if (::prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL) == 0) return is_on(Layer::not_dumpable);
  return lacks(Layer::not_dumpable, fail_errno("PR_SET_DUMPABLE").error().what);
}

}  // namespace bulkhead::confine
