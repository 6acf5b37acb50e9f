#include <array>
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/text_files.hpp"
#include "bulkhead/confine/layers.hpp"

namespace bulkhead::confine {
namespace {

/// Who the process is inside, whoever it is outside.
constexpr unsigned inner_user = 65534;

/// Which switch forbids user namespaces, as far as it can be told.
std::string explain_user_namespace(int error) {
  if (bus::read_line("/proc/sys/kernel/unprivileged_userns_clone") == "0")
    return "user namespaces are forbidden: sysctl kernel.unprivileged_userns_clone=1 allows them";
  if (error == ENOSPC || bus::read_line("/proc/sys/user/max_user_namespaces") == "0")
    return "no user namespace is left: raise the sysctl user.max_user_namespaces";
  const auto why = fail_errno(error, "unshare(CLONE_NEWUSER)").error().what;
  if (error == EINVAL) return why + ": the process has threads";
  return why +
         ": does the service's unit have RestrictNamespaces=, or a container's seccomp profile "
         "forbid it?";
}

bool write_file(const char* path, const std::string& text) {
  const OwnedFd file{::open(path, O_WRONLY | O_CLOEXEC)};
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

LayerState enter(Layer layer, int flag, const char* name) {
  if (::unshare(flag) == 0) return is_on(layer);
  return lacks(layer, fail_errno(fmt::format("unshare({})", name)).error().what +
                          (errno == EPERM ? ": it takes a user namespace, or root" : ""));
}

}  // namespace

LayerState enter_user_namespace() {
  const auto uid = ::geteuid();
  const auto gid = ::getegid();
  if (::unshare(CLONE_NEWUSER) != 0)
    return lacks(Layer::user_namespace, explain_user_namespace(errno));
  // user_namespaces(7): setgroups(2) is given up before an ordinary user may map his group.
  for (const auto& [file, text] :
       {std::pair{"/proc/self/setgroups", std::string{"deny"}},
        std::pair{"/proc/self/uid_map", fmt::format("{} {} 1", inner_user, uid)},
        std::pair{"/proc/self/gid_map", fmt::format("{} {} 1", inner_user, gid)}})
    if (!write_file(file, text))
      return lacks(Layer::user_namespace, fail_errno(fmt::format("writing {}", file)).error().what);
  return is_on(Layer::user_namespace);
}

LayerState enter_network_namespace() {
  return enter(Layer::network_namespace, CLONE_NEWNET, "CLONE_NEWNET");
}

LayerState enter_ipc_namespace() {
  return enter(Layer::ipc_namespace, CLONE_NEWIPC, "CLONE_NEWIPC");
}

LayerState enter_uts_namespace() {
  return enter(Layer::uts_namespace, CLONE_NEWUTS, "CLONE_NEWUTS");
}

LayerState look_for_pid_namespace() {
  if (::getpid() == 1) return is_on(Layer::pid_namespace, "started as the first process of one");
  return forgoes(Layer::pid_namespace,
                 "a process cannot enter one by itself: its parent starts it there");
}

}  // namespace bulkhead::confine
