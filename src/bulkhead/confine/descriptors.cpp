#include <algorithm>
#include <limits>

#include <sys/syscall.h>
#include <unistd.h>

#include "bulkhead/confine/layers.hpp"

namespace bulkhead::confine {
namespace {

bool close_between(unsigned first, unsigned last) {
  return first > last || ::syscall(SYS_close_range, first, last, 0U) == 0;
}

}  // namespace

LayerState close_all_but(std::vector<int> keep) {
  std::erase_if(keep, [](int fd) { return fd < 0; });
  std::ranges::sort(keep);
  unsigned next = 0;
  for (const int fd : keep) {
    const auto number = static_cast<unsigned>(fd);
    if (number < next) continue;
    if (number > 0 && !close_between(next, number - 1))
      return lacks(Layer::descriptors, fail_errno("close_range").error().what);
    next = number + 1;
  }
  if (!close_between(next, std::numeric_limits<unsigned>::max()))
    return lacks(Layer::descriptors, fail_errno("close_range").error().what);
  return is_on(Layer::descriptors);
}

}  // namespace bulkhead::confine
