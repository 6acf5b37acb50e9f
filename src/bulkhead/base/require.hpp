// Preconditions that the types cannot express.
#pragma once

namespace bulkhead {

/// A trap (SIGILL, like the standard library's hardening) if a caller broke a function's contract.
/// For mistakes of the program only: what a device or a peer does wrong is an Error.
constexpr void require(bool condition) {
  if (!condition) [[unlikely]]
    __builtin_trap();
}

}  // namespace bulkhead
