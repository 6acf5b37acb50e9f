// Syscall User Dispatch (Linux, Documentation/admin-guide/syscall-user-dispatch.rst): a thread's
// calls from outside of a range of its code are signals to it. It comes before any filter, and
// takes in what a filter does not see. With an empty range and no handler, every call kills.
#pragma once

namespace bulkhead::confine::dispatch {

// linux/prctl.h, since Linux 5.11.
inline constexpr int set = 59;
inline constexpr unsigned long off = 0;
inline constexpr unsigned long on = 1;

}  // namespace bulkhead::confine::dispatch
