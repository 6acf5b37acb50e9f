// A pointer and a length that somebody has put together are no span.
#include <span>

std::span<int> mistake(int* numbers, size_t count) {
  // expected-error@+1 {{the two-parameter std::span construction is unsafe}}
  return std::span<int>{numbers, count};
}
