#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "bulkhead/confine/layers.hpp"
#include "bulkhead/confine/runtime.hpp"

namespace bulkhead::confine {
namespace {

LayerState limit(Layer layer, __rlimit_resource resource, rlim_t most) {
  rlimit limits{};
  // Raising what is lower already would take a privilege.
  if (::getrlimit(resource, &limits) == 0) limits.rlim_max = std::min(limits.rlim_max, most);
  limits.rlim_cur = limits.rlim_max;
  if (::setrlimit(resource, &limits) == 0) return is_on(layer);
  return lacks(layer, fail_errno("setrlimit").error().what);
}

/// A file that is open for writing and not sealed against growing, as memory files are.
bool is_growing_file(int fd) {
  struct stat status{};
  const int flags = ::fcntl(fd, F_GETFL);
  const int seals = ::fcntl(fd, F_GET_SEALS);
  return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY &&
         (seals < 0 || (seals & F_SEAL_GROW) == 0) && ::fstat(fd, &status) == 0 &&
         S_ISREG(status.st_mode);
}

}  // namespace

LayerState forbid_core() {
  return limit(Layer::no_core, RLIMIT_CORE, 0);
}

LayerState forbid_growing_files(std::span<const Kept> keep) {
  const auto file =
      std::ranges::find_if(keep, [](const Kept& kept) { return is_growing_file(kept.fd); });
  if (file != keep.end())
    return forgoes(Layer::file_size,
                   fmt::format("{} is a file that grows: send it through a pipe", file->purpose));
  return limit(Layer::file_size, RLIMIT_FSIZE, 0);
}

LayerState forbid_processes(uint32_t threads, bool own_user_namespace) {
  // setrlimit(2): what is counted is the user's, in this namespace and in those below it.
  if (!own_user_namespace)
    return lacks(Layer::no_processes,
                 "it takes a user namespace, or the user's other processes count");
  return limit(Layer::no_processes, RLIMIT_NPROC, 1 + threads);
}

LayerState forbid_new_files(std::span<const Kept> keep, uint32_t polled) {
  const auto state = limit(Layer::no_files, RLIMIT_NOFILE, polled);
  if (state.presence != Presence::on || polled == 0) return state;
  // poll(2) looks at no more descriptors than there may be, and numbers below that are free where
  // something was closed: copies take them, until the kernel has no number left.
  if (keep.empty())
    return lacks(Layer::no_files, "there is no descriptor to take the free numbers");
  while (::fcntl(keep.front().fd, F_DUPFD_CLOEXEC, 0) >= 0) continue;
  if (errno == EMFILE) return state;
  return lacks(Layer::no_files, fail_errno("taking the free numbers").error().what);
}

}  // namespace bulkhead::confine
