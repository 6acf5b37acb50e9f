// Sockets and messages for the tests of vfio-user, on either side.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include <sys/socket.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/vfio_user/channel.hpp"
#include "bulkhead/bus/vfio_user/protocol.hpp"

namespace bulkhead::vfio_user {

inline std::pair<OwnedFd, OwnedFd> socket_pair() {
  std::array<int, 2> ends{-1, -1};
  const int made = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data());
  return made == 0 ? std::pair{OwnedFd{ends[0]}, OwnedFd{ends[1]}} : std::pair<OwnedFd, OwnedFd>{};
}

/// How many descriptors this process has open.
inline std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"},
                       std::filesystem::directory_iterator{});
}

/// The structures one after the other.
template <class... Parts>
std::vector<std::byte> payload_of(const Parts&... parts) {
  std::vector<std::byte> payload;
  (append(payload, parts), ...);
  return payload;
}

inline Header header_of(Command command, uint32_t size = 0, uint32_t flags = flag_type_command) {
  return {.message_id = 7, .command = command, .message_size = size, .flags = flags, .error = 0};
}

inline bool send_raw(int socket, std::span<const std::byte> bytes) {
  return ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

}  // namespace bulkhead::vfio_user
