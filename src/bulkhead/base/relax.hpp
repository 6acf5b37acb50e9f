// For loops that wait for another core: takes no system call.
#pragma once

#if !defined(__x86_64__)
#include <thread>
#endif

namespace bulkhead {

/// Leaves the core's resources to the other thread on it for a moment, and saves power.
inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

}  // namespace bulkhead
