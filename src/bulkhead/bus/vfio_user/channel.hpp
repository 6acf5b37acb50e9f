// vfio-user's framing: whole messages with their descriptors over a Unix stream socket, for either
// side. Nothing that the peer sends does more than end the channel with an error.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/vfio_user/protocol.hpp"

namespace bulkhead::vfio_user {

struct Message {
  Header header{};
  std::vector<std::byte> payload;  ///< what follows the header
  std::vector<OwnedFd> fds;
};

class Channel {
 public:
  /// Takes over a connected SOCK_STREAM Unix socket and makes it non-blocking.
  static Result<Channel> adopt(OwnedFd socket);

  /// The socket, to poll for POLLIN; never read it.
  [[nodiscard]] int fd() const { return socket_.get(); }

  /// What has arrived so far, without waiting: a whole message, or none yet. Errors: `device_gone`
  /// when the peer closed the connection, `protocol` for a message that no peer may send (size
  /// below the header's or above max_message_size, too many descriptors). After an error the
  /// channel is of no more use.
  Result<std::optional<Message>> try_receive();

  /// Waits for a whole message; `timeout` at the deadline.
  Result<Message> receive(Deadline deadline);

  /// Sends a header (its message_size is filled in), a payload, and descriptors with it.
  /// Waits for room until the deadline.
  Result<> send(Header header, std::span<const std::byte> payload, std::span<const int> fds,
                Deadline deadline);

 private:
  explicit Channel(OwnedFd socket) : socket_(std::move(socket)) {}

  OwnedFd socket_;
  Message partial_;
  size_t received_ = 0;  ///< bytes of the partial message, its header included
};

}  // namespace bulkhead::vfio_user
