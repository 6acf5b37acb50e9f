// UNSAFE FILE: control messages (the CMSG macros walk raw memory) and socket addresses.
#include "bulkhead/bus/vfio_user/socket_io.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>

#pragma clang unsafe_buffer_usage begin

namespace bulkhead::vfio_user {
namespace {

struct ControlBuffer {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * our_max_msg_fds)> bytes{};
};

void take_descriptors(msghdr& message, std::vector<OwnedFd>& fds) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr;
       control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    // The kernel wrote this length, and it has already installed that many descriptors.
    const size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof(int));
      fds.emplace_back(fd);
    }
  }
}

void put_descriptors(msghdr& message, ControlBuffer& buffer, std::span<const int> fds) {
  if (fds.empty()) return;
  message.msg_control = buffer.bytes.data();
  message.msg_controllen = CMSG_SPACE(fds.size_bytes());
  cmsghdr* control = CMSG_FIRSTHDR(&message);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(fds.size_bytes());
  std::memcpy(CMSG_DATA(control), fds.data(), fds.size_bytes());
}

template <class Call>
int with_address(const std::string& path, Call call) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() > longest_socket_path()) return ENAMETOOLONG;
  std::ranges::copy(path, std::begin(address.sun_path));
  return call(reinterpret_cast<const sockaddr*>(&address), socklen_t{sizeof(address)}) == 0 ? 0
                                                                                            : errno;
}

}  // namespace

Result<std::optional<size_t>> receive_some(int socket, std::span<std::byte> buffer,
                                           std::vector<OwnedFd>& fds) {
  iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
  ControlBuffer control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  const ssize_t count = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return std::nullopt;
    return fail_errno("recvmsg");
  }
  take_descriptors(message, fds);
  if ((message.msg_flags & MSG_CTRUNC) != 0)
    return fail(ErrorCode::protocol,
                "a message brought more file descriptors than this process can take");
  return static_cast<size_t>(count);
}

Result<std::optional<size_t>> send_some(int socket, std::span<const std::byte> head,
                                        std::span<const std::byte> tail, std::span<const int> fds) {
  if (fds.size() > our_max_msg_fds)
    return fail(ErrorCode::invalid_argument, "too many file descriptors for one message");
  // sendmsg(2) only reads through these pointers; iovec has no const form.
  std::array<iovec, 2> parts{
      iovec{.iov_base = const_cast<std::byte*>(head.data()), .iov_len = head.size()},
      iovec{.iov_base = const_cast<std::byte*>(tail.data()), .iov_len = tail.size()}};
  ControlBuffer control;
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  put_descriptors(message, control, fds);
  const ssize_t count = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return std::nullopt;
    return fail_errno("sendmsg");
  }
  return static_cast<size_t>(count);
}

int connect_to(int socket, const std::string& path) {
  return with_address(path, [socket](const sockaddr* address, socklen_t size) {
    return ::connect(socket, address, size);
  });
}

int bind_to(int socket, const std::string& path) {
  return with_address(path, [socket](const sockaddr* address, socklen_t size) {
    return ::bind(socket, address, size);
  });
}

size_t longest_socket_path() {
  return sizeof(sockaddr_un::sun_path) - 1;
}

}  // namespace bulkhead::vfio_user

#pragma clang unsafe_buffer_usage end
