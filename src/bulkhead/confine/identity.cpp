#include <cerrno>

#include <fmt/format.h>
#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bulkhead/confine/capability_sets.hpp"
#include "bulkhead/confine/layers.hpp"

namespace bulkhead::confine {
namespace {

constexpr uid_t nobody = 65534;

std::string said(const char* what) {
  return fail_errno(what).error().what;
}

}  // namespace

// prctl(2), PR_SET_KEEPCAPS: the permitted capabilities stay through a change of the user, the
// effective ones are taken up again afterwards. credentials(7): the change also makes the process
// undumpable, and /proc/self, which the user namespace is set up by, root's; and it forgets which
// signal a parent's death sends.
LayerState drop_identity() {
  if (::geteuid() != 0) return is_on(Layer::identity, fmt::format("user {}", ::getuid()));
  int death_signal = 0;
  ::prctl(PR_GET_PDEATHSIG, &death_signal);
  if (::setgroups(0, nullptr) != 0) return lacks(Layer::identity, said("leaving all groups"));
  if (::setresgid(nobody, nobody, nobody) != 0)
    return lacks(Layer::identity, said("becoming the group 65534"));
  if (::prctl(PR_SET_KEEPCAPS, 1) != 0) return lacks(Layer::identity, said("PR_SET_KEEPCAPS"));
  if (::setresuid(nobody, nobody, nobody) != 0)
    return lacks(Layer::identity, said("becoming the user 65534"));
  if (!use_permitted_capabilities())
    return lacks(Layer::identity, said("using the capabilities that were kept"));
  if (::prctl(PR_SET_DUMPABLE, 1) != 0) return lacks(Layer::identity, said("PR_SET_DUMPABLE"));
  ::prctl(PR_SET_PDEATHSIG, death_signal);
  return is_on(Layer::identity, "root became nobody");
}

}  // namespace bulkhead::confine
