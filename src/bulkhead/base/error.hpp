// Errors as values: what failed, and what to do about it. The library throws nothing.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace bulkhead {

enum class ErrorCode {
  invalid_argument,  ///< the caller asked for something that cannot be; the tool's exit code is 2
  unsupported,       ///< the other side cannot do it, or is a device that no driver here knows
  not_found,         ///< no such socket, file, device or queue
  permission,        ///< the kernel said no
  timeout,           ///< a wait on a device reached its deadline
  device_gone,       ///< the device, or the process that serves it, is no longer there
  protocol,          ///< the other side broke the protocol
  hostile_device,    ///< a number that the device supplied is out of its range
  no_memory,         ///< memory, descriptors or IOVA space ran out
  io,                ///< anything else that the kernel reported
};

std::string_view to_string(ErrorCode code);

/// An error's code, what failed and where, and what the reader can do (empty if nothing).
struct [[nodiscard]] Error {
  ErrorCode code;
  std::string what;
  std::string remedy;

  /// "what (remedy)": one line for a person.
  [[nodiscard]] std::string message() const;
  /// The same error, seen from further out: "context: what".
  [[nodiscard]] Error within(std::string_view context) &&;
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string what, std::string remedy = {}) {
  return std::unexpected<Error>(Error{code, std::move(what), std::move(remedy)});
}

/// An error from `errno` after the call that `what` describes; the code follows the errno.
std::unexpected<Error> fail_errno(std::string_view what, std::string remedy = {});
std::unexpected<Error> fail_errno(int error_number, std::string_view what, std::string remedy = {});

}  // namespace bulkhead

/// Returns from the calling function with the error, if `expression` (a Result) holds one.
#define BULKHEAD_TRY(expression)                                                     \
  do {                                                                               \
    if (auto bulkhead_result = (expression); !bulkhead_result)                       \
      return std::unexpected<::bulkhead::Error>(std::move(bulkhead_result).error()); \
  } while (false)

#define BULKHEAD_CONCAT_(a, b) a##b
#define BULKHEAD_CONCAT(a, b) BULKHEAD_CONCAT_(a, b)
/// Declares `declaration` with the value of `expression` (a Result), or returns its error.
#define BULKHEAD_TRY_ASSIGN(declaration, expression)                     \
  auto BULKHEAD_CONCAT(bulkhead_result_, __LINE__) = (expression);       \
  if (!BULKHEAD_CONCAT(bulkhead_result_, __LINE__))                      \
    return std::unexpected<::bulkhead::Error>(                           \
        std::move(BULKHEAD_CONCAT(bulkhead_result_, __LINE__)).error()); \
  declaration = *std::move(BULKHEAD_CONCAT(bulkhead_result_, __LINE__))
