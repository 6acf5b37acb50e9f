// The client's end of a connection: requests and their replies, one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/error.hpp"
#include "bulkhead/bus/vfio_user/channel.hpp"
#include "bulkhead/bus/vfio_user/protocol.hpp"

namespace bulkhead::vfio_user {

class Connection {
 public:
  /// `name` begins every error; `patience` is how long a reply may take.
  Connection(Channel channel, std::string name, std::chrono::milliseconds patience)
      : channel_(std::move(channel)), name_(std::move(name)), patience_(patience) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int fd() const { return channel_.fd(); }

  /// Sends a request and waits for its reply, which is checked to be one and to be no error.
  /// Errors name the command. After `device_gone`, `timeout` or `protocol` from the connection
  /// itself it is closed, and every further request fails with the same error: a reply that comes
  /// late must not be taken for another's.
  Result<Message> request(Command command, std::span<const std::byte> payload,
                          std::span<const int> fds = {});

  /// The same with a structure as the payload, and one at the start of the reply's.
  template <class Reply, class Request>
  Result<Reply> ask(Command command, const Request& payload) {
    BULKHEAD_TRY_ASSIGN(const auto reply, request(command, to_bytes(payload)));
    return reply_as<Reply>(command, reply);
  }

  template <class Reply>
  Result<Reply> reply_as(Command command, const Message& reply) {
    if (reply.payload.size() < sizeof(Reply)) return too_short(command, reply.payload.size());
    return from_bytes<Reply>(reply.payload);
  }

  /// Without waiting: whether the server is still there. Refuses what it has asked meanwhile.
  Result<> check_alive();

  /// Ends the connection over a reply that makes no sense: "NAME: COMMAND: what".
  [[nodiscard]] std::unexpected<Error> broken(Command command, std::string_view what);

 private:
  Result<Message> exchange(Command command, std::span<const std::byte> payload,
                           std::span<const int> fds);
  Result<Message> await_reply(Command command, uint16_t id, Deadline deadline);
  Result<> answer_what_has_arrived();
  [[nodiscard]] Error explain(Error error) const;
  [[nodiscard]] Result<> check_error_flag(const Header& reply) const;
  [[nodiscard]] std::unexpected<Error> too_short(Command command, size_t size);
  std::unexpected<Error> give_up(Error why, std::string_view context);

  Channel channel_;
  std::string name_;
  std::chrono::milliseconds patience_;
  uint16_t next_id_ = 1;
  std::optional<Error> given_up_;
};

}  // namespace bulkhead::vfio_user
