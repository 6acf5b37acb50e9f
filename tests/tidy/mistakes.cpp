// Mistakes that the compiler lets pass and clang-tidy finds. Not compiled by any target.
#include <utility>

#include "bulkhead/base/mapping.hpp"
#include "bulkhead/base/owned_fd.hpp"

namespace bulkhead {

void error_ignored(int fd) {
  check_sealed_memory(fd, 0, 4_KiB);
}

int used_after_move(OwnedFd fd) {
  const OwnedFd other = std::move(fd);
  return fd.get() + other.get();
}

}  // namespace bulkhead
