// The processor's time stamp counter.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace bulkhead {

/// Ticks of a counter with a constant rate: the TSC on x86, the virtual counter on ARM64.
inline uint64_t ticks() {
#if defined(__x86_64__)
  return __rdtsc();
#elif defined(__aarch64__)
  uint64_t count = 0;
  asm volatile("mrs %0, cntvct_el0" : "=r"(count));
  return count;
#else
#error "how this processor counts time is to be said here"
#endif
}

}  // namespace bulkhead
