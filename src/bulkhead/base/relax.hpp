// For loops that wait for another core: takes no system call.
#pragma once

namespace bulkhead {

/// Leaves the core's resources to the other thread on it for a moment, and saves power.
inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  // `yield` does nothing on most cores; this empties the pipeline, which takes a moment.
  asm volatile("isb" ::: "memory");
#else
#error "how this processor waits a moment is to be said here"
#endif
}

}  // namespace bulkhead
