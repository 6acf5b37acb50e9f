#include "bulkhead/base/owned_fd.hpp"

#include <unistd.h>

namespace bulkhead {

void OwnedFd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace bulkhead
