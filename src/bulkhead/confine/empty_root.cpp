#include <cerrno>

#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bulkhead/bus/text_files.hpp"
#include "bulkhead/confine/layers.hpp"

namespace bulkhead::confine {
namespace {

constexpr const char* folder = "/proc";  // there is one everywhere; it is covered, not changed
constexpr unsigned long harmless = MS_NOSUID | MS_NODEV | MS_NOEXEC;

LayerState lacks_root(const char* what) {
  const int error = errno;
  auto why = fail_errno(error, what).error().what;
  // Ubuntu lets user namespaces be made, but gives them no capability.
  if (bus::read_line("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" &&
      (error == EPERM || error == EACCES))
    why +=
        ": AppArmor forbids it: sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a "
        "profile for this program with the rule 'userns,'";
  return lacks(Layer::empty_root, why);
}

/// An initial ramfs cannot be left by pivot_root(2): it is covered, and the root moves onto the
/// cover. Without CAP_SYS_CHROOT nothing leads back.
bool cover_root() {
  return ::mount(".", "/", nullptr, MS_MOVE, nullptr) == 0 && ::chroot(".") == 0;
}

bool pivot() {
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return errno == EINVAL && cover_root();
  // pivot_root(2), NOTES: the old root now lies on top of the new one.
  return ::umount2(".", MNT_DETACH) == 0;
}

}  // namespace

LayerState enter_empty_root() {
  if (::unshare(CLONE_NEWNS) != 0) return lacks_root("unshare(CLONE_NEWNS)");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return lacks_root("making the mounts private");
  // One inode: the root itself.
  if (::mount("empty", folder, "tmpfs", harmless, "size=4k,nr_inodes=1,mode=555") != 0)
    return lacks_root("mounting an empty root");
  if (::chdir(folder) != 0) return lacks_root("entering the empty root");
  if (::mount(nullptr, ".", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | harmless, nullptr) != 0)
    return lacks_root("making the empty root read-only");
  if (!pivot()) return lacks_root("pivot_root");
  if (::chdir("/") != 0) return lacks_root("chdir to the empty root");
  return is_on(Layer::empty_root);
}

}  // namespace bulkhead::confine
