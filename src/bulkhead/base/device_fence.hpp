// Fences between this processor and a device that shares its memory.
#pragma once

#if defined(__x86_64__)
#include <atomic>
#elif !defined(__aarch64__)
#error "how this processor orders what a device sees is to be said here"
#endif

namespace bulkhead {

/// A device sees what this thread loaded and stored before as done before anything that the thread
/// loads or stores from here on.
inline void device_fence() {
#if defined(__aarch64__)
  // A fence among processors is `dmb ish` and orders what the inner shareable domain sees. A device
  // may be outside of it, but is in the outer shareable one (Arm ARM DDI 0487, B2.3, "Data Memory
  // Barrier"; its registers, as Device memory, always are). It need not be a `dsb`, which waits for
  // completion: where no observer sees a store before all others do, as in Armv8, order is enough.
  asm volatile("dmb osh" ::: "memory");
#else
  // x86: only a load may pass an earlier store, and this keeps it from that.
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

/// The same where a store follows that is a release and lets a device go on: to its register, or to
/// a word in memory that it polls.
inline void fence_before_release() {
#if defined(__aarch64__)
  // The release alone (`stlr`) orders what processors see. Loads count, too: a frame has been read
  // before its buffer is the device's again.
  device_fence();
#endif
  // x86: stores stay in their order and loads before them, to write-back memory as to uncached
  // (Intel SDM 3A, 9.2.2); the release keeps the compiler to it.
}

}  // namespace bulkhead
