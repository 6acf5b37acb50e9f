// The front end's side of a vhost-user socket: one message at a time, each answered.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/deadline.hpp"
#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/vhost_user/protocol.hpp"

namespace bulkhead::vhost_user {

/// Errors name the connection and the message. After `device_gone`, `timeout` or `protocol` it is
/// closed, and everything else fails with the same error: a reply that comes late must not be taken
/// for another's.
class Connection {
 public:
  /// Takes over a connected stream socket; `patience` is how long an answer may take.
  Connection(OwnedFd socket, std::string name, std::chrono::milliseconds patience)
      : socket_(std::move(socket)), name_(std::move(name)), patience_(patience) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int fd() const { return socket_.get(); }

  /// A question, whose answer is a Reply of the same request.
  template <class Reply>
  Result<Reply> ask(Request request, std::span<const std::byte> payload = {}) {
    std::array<std::byte, sizeof(Reply)> reply{};
    BULKHEAD_TRY(exchange({.request = request, .flags = version, .size = 0}, payload, {}, reply));
    return from_bytes<Reply>(reply);
  }
  /// An order, which the back end acknowledges. Errors: `unsupported` if it refuses.
  Result<> tell(Request request, std::span<const std::byte> payload, std::span<const int> fds = {});
  /// An order before acknowledgements are agreed on: nobody says what became of it.
  Result<> tell_blindly(Request request, std::span<const std::byte> payload);

  /// Without waiting: whether the back end is still there.
  Result<> check_alive();

 private:
  Result<> exchange(Header header, std::span<const std::byte> payload, std::span<const int> fds,
                    std::span<std::byte> reply);
  Result<> send(Header header, std::span<const std::byte> payload, std::span<const int> fds,
                Deadline deadline) const;
  Result<> receive_reply(Request request, std::span<std::byte> payload, Deadline deadline) const;
  Result<> receive(std::span<std::byte> whole, Deadline deadline) const;
  [[nodiscard]] Result<> wait_for(short events, Deadline deadline) const;
  std::unexpected<Error> give_up(Error why, std::string_view context);

  OwnedFd socket_;
  std::string name_;
  std::chrono::milliseconds patience_;
  std::optional<Error> given_up_;
};

}  // namespace bulkhead::vhost_user
