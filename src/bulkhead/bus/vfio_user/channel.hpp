// vfio-user's framing: whole messages with their descriptors over a Unix stream socket, for either
// side. Nothing that the peer sends does more than end the channel with an error.
#pragma once

#include <array>
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
  /// Takes over a connected SOCK_STREAM Unix socket.
  static Result<Channel> adopt(OwnedFd socket);

  /// The socket, to poll for POLLIN (and for POLLOUT while sending()); never read it.
  [[nodiscard]] int fd() const { return socket_.get(); }

  /// What has arrived so far, without waiting: a whole message, or none yet. Errors: `device_gone`
  /// when the peer closed the connection, `protocol` for a message that no peer may send (size
  /// below the header's or above max_message_size, too many descriptors). After an error the
  /// channel is of no more use.
  Result<std::optional<Message>> try_receive();

  /// Waits for a whole message; `timeout` at the deadline.
  Result<Message> receive(Deadline deadline);

  /// Sends a header (its message_size is filled in), a payload, and descriptors with it.
  /// Waits for room until the deadline. After an error the channel is of no more use.
  Result<> send(Header header, std::span<const std::byte> payload, std::span<const int> fds,
                Deadline deadline);

  /// The same without waiting: sends what there is room for, and flush() the rest. Only when
  /// nothing is left of the message before; the descriptors stay open until all has gone.
  Result<> start_sending(Header header, std::vector<std::byte> payload, std::vector<int> fds);
  /// Sends more of the message that was started, as far as there is room.
  Result<> flush();
  /// Ends the connection: the peer reads its end at once, and nothing more may be asked of this.
  void close();
  /// Whether part of the message that was started is still here.
  [[nodiscard]] bool sending() const { return sent_ < outgoing_size_; }

 private:
  explicit Channel(OwnedFd socket) : socket_(std::move(socket)) {}

  Result<bool> receive_into(std::span<std::byte> whole, size_t already);
  Result<> accept_header();
  Result<> flush_all(Deadline deadline);
  [[nodiscard]] Result<> wait_for(short events, Deadline deadline) const;

  OwnedFd socket_;

  std::array<std::byte, sizeof(Header)> incoming_header_{};
  Message incoming_;
  size_t received_ = 0;  ///< bytes of the incoming message, its header included

  std::array<std::byte, sizeof(Header)> outgoing_header_{};
  std::vector<std::byte> outgoing_payload_;
  std::vector<int> outgoing_fds_;
  size_t outgoing_size_ = 0;
  size_t sent_ = 0;  ///< bytes of the outgoing message, its header included
};

}  // namespace bulkhead::vfio_user
