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

/// Connects to the server at `path`. Errors: `invalid_argument` (path too long), `not_found`
/// (no such file, not a stream socket, or nobody serves it), `permission`, `timeout` (the server
/// does not accept connections).
Result<OwnedFd> connect_socket(const std::string& path, Deadline deadline);

/// Until a socket has what poll(2) calls `events`; false once the deadline is reached, which comes
/// first: a peer that sends a byte now and then does not prolong the wait. A signal ends it, too.
Result<bool> wait_for(const OwnedFd& socket, short events, Deadline deadline);

/// The error for a path that does not fit into a socket's address.
[[nodiscard]] std::unexpected<Error> path_too_long(const std::string& path);

}  // namespace bulkhead::vfio_user
