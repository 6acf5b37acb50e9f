#include "bulkhead/base/owned_fd.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace bulkhead {

void OwnedFd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<OwnedFd> duplicate(int fd) {
  OwnedFd copy{::fcntl(fd, F_DUPFD_CLOEXEC, 0)};
  if (!copy) return fail_errno("duplicating a descriptor");
  return copy;
}

}  // namespace bulkhead
