#include "bulkhead/bus/vfio_user/connection.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "bulkhead/bus/vfio_user/protocol_names.hpp"

namespace bulkhead::vfio_user {
namespace {

// Requests from the server that one check_alive() answers.
constexpr int refusals_at_once = 16;

std::string readable(std::chrono::milliseconds time) {
  if (time.count() % 1000 == 0) return fmt::format("{} s", time.count() / 1000);
  return fmt::format("{} ms", time.count());
}

bool is_reply(const Header& header) {
  return (header.flags & flag_type_mask) == flag_type_reply;
}

bool is_command(const Header& header) {
  return (header.flags & flag_type_mask) == flag_type_command;
}

bool wants_reply(const Header& command) {
  return (command.flags & flag_no_reply) == 0;
}

// All memory is shared with its descriptor: there is nothing that the server could need to ask for.
Header refusal(const Header& command) {
  Header reply = command;
  reply.flags = flag_type_reply | flag_error;
  reply.error = ENOTSUP;
  return reply;
}

}  // namespace

std::unexpected<Error> Connection::give_up(Error why, std::string_view context) {
  given_up_ = std::move(why);
  channel_.close();
  return std::unexpected(Error{*given_up_}.within(context));
}

std::unexpected<Error> Connection::broken(Command command, std::string_view what) {
  return give_up(Error{ErrorCode::protocol, std::string{what}, {}},
                 fmt::format("{}: {}", name_, command_name(command)));
}

std::unexpected<Error> Connection::too_short(Command command, size_t size) {
  return broken(command, fmt::format("the reply is too short ({} bytes)", size));
}

Error Connection::explain(Error error) const {
  if (error.code == ErrorCode::device_gone) error.what = "the device's server has gone";
  if (error.code == ErrorCode::timeout)
    error.what = fmt::format("no reply within {}", readable(patience_));
  return error;
}

Result<> Connection::check_error_flag(const Header& reply) const {
  if ((reply.flags & flag_error) == 0) return {};
  constexpr uint32_t last_errno = 4095;
  if (reply.error == 0 || reply.error > last_errno)
    return fail(ErrorCode::io, "the server refused, and gave no reason");
  return fail_errno(static_cast<int>(reply.error), "the server refused");
}

Result<Message> Connection::request(Command command, std::span<const std::byte> payload,
                                    std::span<const int> fds) {
  const auto context = fmt::format("{}: {}", name_, command_name(command));
  if (given_up_) return std::unexpected(Error{*given_up_}.within(context));
  auto reply = exchange(command, payload, fds);
  if (!reply) return give_up(explain(std::move(reply).error()), context);
  if (auto accepted = check_error_flag(reply->header); !accepted)
    return std::unexpected(std::move(accepted).error().within(context));
  return reply;
}

Result<Message> Connection::exchange(Command command, std::span<const std::byte> payload,
                                     std::span<const int> fds) {
  const auto deadline = Deadline::after(patience_);
  const uint16_t id = next_id_++;
  const Header header{.message_id = id,
                      .command = command,
                      .message_size = 0,
                      .flags = flag_type_command,
                      .error = 0};
  BULKHEAD_TRY(channel_.send(header, payload, fds, deadline));
  return await_reply(command, id, deadline);
}

Result<Message> Connection::await_reply(Command command, uint16_t id, Deadline deadline) {
  while (true) {
    BULKHEAD_TRY_ASSIGN(auto message, channel_.receive(deadline));
    if (is_command(message.header)) {
      if (wants_reply(message.header))
        BULKHEAD_TRY(channel_.send(refusal(message.header), {}, {}, deadline));
      if (deadline.reached()) return fail(ErrorCode::timeout, "requests instead of a reply");
      continue;
    }
    if (!is_reply(message.header))
      return fail(ErrorCode::protocol, "a message is neither a command nor a reply");
    if (message.header.message_id != id)
      return fail(ErrorCode::protocol,
                  fmt::format("the reply's id is {}, not {}", message.header.message_id, id));
    if (message.header.command != command)
      return fail(ErrorCode::protocol,
                  fmt::format("the reply is to {}", command_name(message.header.command)));
    return message;
  }
}

Result<> Connection::answer_what_has_arrived() {
  for (int i = 0; i < refusals_at_once; ++i) {
    BULKHEAD_TRY(channel_.flush());
    if (channel_.sending()) return {};
    BULKHEAD_TRY_ASSIGN(const auto message, channel_.try_receive());
    if (!message) return {};
    if (!is_command(message->header))
      return fail(ErrorCode::protocol, "the server replies to what nobody asked");
    if (wants_reply(message->header))
      BULKHEAD_TRY(channel_.start_sending(refusal(message->header), {}, {}));
  }
  return {};
}

Result<> Connection::check_alive() {
  if (given_up_) return std::unexpected(Error{*given_up_}.within(name_));
  auto result = answer_what_has_arrived();
  if (result) return {};
  return give_up(explain(std::move(result).error()), name_);
}

}  // namespace bulkhead::vfio_user
