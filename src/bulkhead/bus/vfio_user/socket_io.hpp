// Unix sockets: bytes with descriptors in and out, and addresses, without waiting.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/vfio_user/protocol.hpp"

namespace bulkhead::vfio_user {

/// Reads up to `buffer.size()` bytes and appends the descriptors that came with them to `fds`.
/// How many bytes came: none if nothing has arrived, 0 if the peer has closed. Errors: `protocol`
/// if there are more than our_max_msg_fds descriptors in one go (the surplus is closed),
/// `device_gone` or what recvmsg(2) says.
Result<std::optional<size_t>> receive_some(int socket, std::span<std::byte> buffer,
                                           std::vector<OwnedFd>& fds);

/// Sends from `head` and then `tail`, and `fds` (at most our_max_msg_fds) with the first byte. How
/// many bytes went: none if there is no room now. Errors: `device_gone` or what sendmsg(2) says.
Result<std::optional<size_t>> send_some(int socket, std::span<const std::byte> head,
                                        std::span<const std::byte> tail, std::span<const int> fds);

/// connect(2) and bind(2) with a path as the address; 0 or an errno value, ENAMETOOLONG for a path
/// that does not fit.
int connect_to(int socket, const std::string& path);
int bind_to(int socket, const std::string& path);

/// The longest path of a Unix socket, in bytes.
[[nodiscard]] size_t longest_socket_path();

}  // namespace bulkhead::vfio_user
