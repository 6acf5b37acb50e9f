#include "bulkhead/bus/vfio_user/socket.hpp"

#include <cerrno>
#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "bulkhead/bus/vfio_user/socket_io.hpp"

namespace bulkhead::vfio_user {
namespace {

bool is_socket(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

std::unexpected<Error> explain(int error, const std::string& path) {
  switch (error) {
    case ENAMETOOLONG:
      return path_too_long(path);
    case ENOENT:
      return fail(ErrorCode::not_found, fmt::format("there is no socket {}", path),
                  "start the device's server first, or correct the path");
    case ECONNREFUSED:  // What Linux says of a plain file, too.
      if (!is_socket(path))
        return fail(ErrorCode::not_found, fmt::format("{} is not a socket", path));
      return fail(ErrorCode::not_found, fmt::format("nobody serves the socket {}", path),
                  "its server has ended and left the file behind: start it again");
    case EACCES:
    case EPERM:
      return fail(ErrorCode::permission, fmt::format("no permission to connect to {}", path),
                  "connecting needs write access to the socket, and search access to its folders");
    case EPROTOTYPE:
      return fail(ErrorCode::not_found, fmt::format("{} is not a stream socket", path));
    case EAGAIN:
      return fail(ErrorCode::timeout, fmt::format("the server of {} accepts no connection", path),
                  "is it stopped?");
    default:
      return fail_errno(error, fmt::format("connecting to {}", path));
  }
}

}  // namespace

std::unexpected<Error> path_too_long(const std::string& path) {
  return fail(ErrorCode::invalid_argument,
              fmt::format("a socket's path has at most {} bytes, this one {}: {}",
                          longest_socket_path(), path.size(), path),
              "use a shorter or a relative path");
}

Result<OwnedFd> new_socket(SocketKind kind) {
  const int type = kind == SocketKind::stream ? SOCK_STREAM : SOCK_SEQPACKET;
  OwnedFd socket{::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket) return fail_errno("socket");
  return socket;
}

Result<bool> wait_for(const OwnedFd& socket, short events, Deadline deadline) {
  if (deadline.reached()) return false;
  pollfd waiting{.fd = socket.get(), .events = events, .revents = 0};
  if (::poll(&waiting, 1, deadline.remaining_ms()) < 0 && errno != EINTR) return fail_errno("poll");
  return true;
}

Result<OwnedFd> connect_socket(const std::string& path, Deadline deadline) {
  BULKHEAD_TRY_ASSIGN(auto socket, new_socket());
  while (true) {
    const int error = connect_to(socket.get(), path);
    if (error == 0) return socket;
    // EAGAIN: the server's queue of connections is full.
    const bool again = error == EAGAIN || error == EINTR;
    if (!again || deadline.reached()) return explain(error, path);
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

}  // namespace bulkhead::vfio_user
