// The system calls that a thread may still make.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::confine {

enum class SystemCalls : uint8_t {
  control,     ///< to talk to opened devices, to write what is to be said, to wait; memory, threads
  interrupts,  ///< exit_group, read, write, ppoll
  port_io,     ///< those, and pwrite64: for a doorbell that is an I/O port
  polling,     ///< exit_group
  none,        ///< none, nor those that no filter stops; where that cannot be had, `polling`
};
std::string_view to_string(SystemCalls calls);

/// What an argument must be for a call to pass: (argument & mask) == value.
struct Condition {
  unsigned argument;
  uint64_t mask;
  uint64_t value;
};

/// A call that does not kill. Several rules for one call: each lets pass what fulfils all of its
/// conditions.
struct Rule {
  int number;
  std::vector<Condition> conditions{};
  int error = 0;  ///< if not 0, the call does nothing but fail with this errno
};

/// Whether the kernel has what `none` needs: it came with Linux 5.11.
bool can_refuse_all_calls();

/// `threads`: whether threads are still to be started.
std::vector<Rule> rules_for(SystemCalls calls, bool threads);

/// "ppoll", or the number for a call that libseccomp has no name for.
std::string name_of_system_call(int number);

}  // namespace bulkhead::confine
