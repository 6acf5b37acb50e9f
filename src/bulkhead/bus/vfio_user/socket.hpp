// Reaching a Unix socket by its path, with errors that say which of the usual mistakes it was.
#pragma once

#include <string>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"

namespace bulkhead::vfio_user {

/// Stream sockets carry vfio-user; packet sockets (SOCK_SEQPACKET) keep messages apart.
enum class SocketKind { stream, packets };

/// A new socket: non-blocking, closed on exec.
Result<OwnedFd> new_socket(SocketKind kind = SocketKind::stream);

/// Connects to the server at `path`. Errors: `invalid_argument` (path too long, not a socket),
/// `not_found` (no such file, or nobody serves it), `permission`, `timeout` (the server does not
/// accept connections).
Result<OwnedFd> connect_socket(const std::string& path, Deadline deadline);

/// The error for a path that does not fit into a socket's address.
[[nodiscard]] std::unexpected<Error> path_too_long(const std::string& path);

}  // namespace bulkhead::vfio_user
