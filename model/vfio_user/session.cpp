#include "model/vfio_user/session.hpp"

#include <cerrno>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "bulkhead/bus/vfio_user/protocol_names.hpp"

namespace bulkhead::model {
namespace {

using vfio_user::Command;

// One client's burst must not keep the other devices of this thread waiting.
constexpr size_t messages_at_once = 64;

// What a client whose connection is about to be closed can still read.
Reply last_words(ErrorCode code) {
  return Reply::refuse(code == ErrorCode::unsupported ? EPROTONOSUPPORT : EPROTO);
}

}  // namespace

int errno_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::unsupported:
      return ENOTSUP;
    case ErrorCode::not_found:
      return ENOENT;
    case ErrorCode::permission:
      return EACCES;
    case ErrorCode::no_memory:
      return ENOMEM;
    case ErrorCode::io:
      return EIO;
    default:
      return EINVAL;
  }
}

Session::Session(vfio_user::Channel channel, Device& device, const Patience& patience)
    : channel_(std::move(channel)),
      device_(device),
      introduction_(Deadline::after(patience.introduction)),
      reply_limit_(patience.reply) {}

Session::~Session() {
  device_.disconnected();
}

Result<> Session::flush() {
  BULKHEAD_TRY(channel_.flush());
  if (!channel_.sending()) {
    reply_.reset();
  } else if (!reply_) {
    reply_ = Deadline::after(reply_limit_);
  } else if (reply_->reached()) {
    return fail(ErrorCode::timeout, "the client does not read its reply");
  }
  return {};
}

Result<size_t> Session::service() {
  BULKHEAD_TRY(flush());
  if (!introduced_ && introduction_.reached())
    return fail(ErrorCode::protocol, "the client connected and sent no VERSION");
  size_t handled = 0;
  while (handled < messages_at_once && !channel_.sending()) {
    BULKHEAD_TRY_ASSIGN(auto message, channel_.try_receive());
    if (!message) break;
    BULKHEAD_TRY(handle(*std::move(message)));
    ++handled;
  }
  return handled;
}

Result<> Session::handle(Message message) {
  const auto header = message.header;
  const auto name = vfio_user::command_name(header.command);
  if ((header.flags & vfio_user::flag_type_mask) != vfio_user::flag_type_command)
    return fail(ErrorCode::protocol, fmt::format("{}: the client sent what is no command", name));
  if (introduced_ == (header.command == Command::version))
    return fail(ErrorCode::protocol,
                introduced_ ? "VERSION: the client sent a second one"
                            : fmt::format("{}: the client sent it before VERSION", name));
  const bool wants_reply = (header.flags & vfio_user::flag_no_reply) == 0;
  auto reply = answer(message);
  if (!reply) {
    if (wants_reply) BULKHEAD_TRY(send(header, last_words(reply.error().code)));
    return std::unexpected(std::move(reply).error().within(name));
  }
  return wants_reply ? send(header, *std::move(reply)) : Result<>{};
}

Result<> Session::send(const vfio_user::Header& request, Reply reply) {
  vfio_user::Header header{.message_id = request.message_id,
                           .command = request.command,
                           .message_size = 0,
                           .flags = vfio_user::flag_type_reply,
                           .error = 0};
  if (reply.error != 0) {
    header.flags |= vfio_user::flag_error;
    header.error = static_cast<uint32_t>(reply.error);
    reply = {};
  }
  return channel_.start_sending(header, std::move(reply.payload), std::move(reply.fds));
}

Result<Reply> Session::answer(Message& message) {
  switch (message.header.command) {
    case Command::version:
      return version(message);
    case Command::dma_map:
      return dma_map(message);
    case Command::dma_unmap:
      return dma_unmap(message);
    case Command::device_get_info:
      return device_info(message);
    case Command::device_get_region_info:
      return region_info(message);
    case Command::device_get_region_io_fds:
      return region_io_fds(message);
    case Command::device_get_irq_info:
      return irq_info(message);
    case Command::device_set_irqs:
      return set_irqs(message);
    case Command::region_read:
      return region_read(message);
    case Command::region_write:
      return region_write(message);
    case Command::region_write_multi:
      return region_write_multi(message);
    case Command::device_reset:
      return reset();
    default:  // Migration, what only a server may send, and what no one knows yet.
      return Reply::refuse(ENOTSUP);
  }
}

Result<Reply> Session::reset() {
  device_.reset();
  return Reply{};
}

}  // namespace bulkhead::model
