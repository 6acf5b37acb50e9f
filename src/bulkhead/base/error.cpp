#include "bulkhead/base/error.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace bulkhead {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid argument";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::not_found:
      return "not found";
    case ErrorCode::permission:
      return "permission denied";
    case ErrorCode::timeout:
      return "timeout";
    case ErrorCode::device_gone:
      return "device gone";
    case ErrorCode::protocol:
      return "protocol error";
    case ErrorCode::hostile_device:
      return "hostile device";
    case ErrorCode::no_memory:
      return "out of memory";
    case ErrorCode::io:
      return "input/output error";
  }
  return "unknown error";
}

std::string Error::message() const {
  return remedy.empty() ? what : fmt::format("{} ({})", what, remedy);
}

Error Error::within(std::string_view context) && {
  what = fmt::format("{}: {}", context, what);
  return std::move(*this);
}

// EINVAL is io, as all that is not listed: `invalid_argument` blames the caller's own words, and
// the kernel cannot tell these from what the library made of them, or from what a file or device
// is.
static ErrorCode code_for(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case ECONNREFUSED:
      return ErrorCode::not_found;
    case EACCES:
    case EPERM:
      return ErrorCode::permission;
    case ETIMEDOUT:
      return ErrorCode::timeout;
    case EPIPE:
    case ECONNRESET:
      return ErrorCode::device_gone;
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case ENOSPC:
      return ErrorCode::no_memory;
    case ENOTSUP:
    case ENOSYS:
      return ErrorCode::unsupported;
    default:
      return ErrorCode::io;
  }
}

std::unexpected<Error> fail_errno(int error_number, std::string_view what, std::string remedy) {
  return fail(code_for(error_number),
              fmt::format("{}: {}", what, std::generic_category().message(error_number)),
              std::move(remedy));
}

std::unexpected<Error> fail_errno(std::string_view what, std::string remedy) {
  return fail_errno(errno, what, std::move(remedy));
}

}  // namespace bulkhead
