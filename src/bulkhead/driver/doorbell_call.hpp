// The system call that a queue's doorbell takes.
#pragma once

#include <cstdint>

namespace bulkhead::driver {

/// In the order of what a sandbox must allow for them.
enum class DoorbellCall : uint8_t {
  none,    ///< it is a mapped register
  write,   ///< it is a descriptor
  pwrite,  ///< it is an I/O port, which is a place in a file
};

}  // namespace bulkhead::driver
