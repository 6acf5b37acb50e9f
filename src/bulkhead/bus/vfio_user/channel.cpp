#include "bulkhead/bus/vfio_user/channel.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/bus/vfio_user/socket.hpp"
#include "bulkhead/bus/vfio_user/socket_io.hpp"

namespace bulkhead::vfio_user {

Result<Channel> Channel::adopt(OwnedFd socket) {
  if (!socket) return fail(ErrorCode::invalid_argument, "no socket to speak vfio-user over");
  return Channel{std::move(socket)};
}

// Reads into what is left of `whole`; true when it is full. Never more: descriptors come with the
// bytes they were sent with, so reading past a message could take those of the next one.
Result<bool> Channel::receive_into(std::span<std::byte> whole, size_t already) {
  while (already < whole.size()) {
    BULKHEAD_TRY_ASSIGN(const auto count,
                        receive_some(socket_.get(), whole.subspan(already), incoming_.fds));
    if (incoming_.fds.size() > our_max_msg_fds)
      return fail(ErrorCode::protocol,
                  fmt::format("a message brought {} file descriptors, at most {} were agreed on",
                              incoming_.fds.size(), our_max_msg_fds));
    if (!count) return false;
    if (*count == 0) return fail(ErrorCode::device_gone, "the peer closed the connection");
    already += *count;
    received_ += *count;
  }
  return true;
}

Result<> Channel::accept_header() {
  incoming_.header = from_bytes<Header>(incoming_header_);
  const uint32_t size = incoming_.header.message_size;
  if (size < sizeof(Header) || size > max_message_size)
    return fail(ErrorCode::protocol, fmt::format("a message claims {} bytes, not {} to {}", size,
                                                 sizeof(Header), max_message_size));
  incoming_.payload.resize(size - sizeof(Header));
  return {};
}

Result<std::optional<Message>> Channel::try_receive() {
  if (received_ < sizeof(Header)) {
    BULKHEAD_TRY_ASSIGN(const bool whole, receive_into(incoming_header_, received_));
    if (!whole) return std::nullopt;
    BULKHEAD_TRY(accept_header());
  }
  BULKHEAD_TRY_ASSIGN(const bool whole,
                      receive_into(incoming_.payload, received_ - sizeof(Header)));
  if (!whole) return std::nullopt;
  received_ = 0;
  return std::exchange(incoming_, {});
}

Result<> Channel::wait_for(short events, Deadline deadline) const {
  BULKHEAD_TRY_ASSIGN(const bool in_time, vfio_user::wait_for(socket_, events, deadline));
  if (in_time) return {};
  return fail(ErrorCode::timeout,
              (events & POLLIN) != 0 ? "nothing arrived in time" : "the peer takes nothing more");
}

Result<Message> Channel::receive(Deadline deadline) {
  while (true) {
    BULKHEAD_TRY_ASSIGN(auto message, try_receive());
    if (message) return *std::move(message);
    BULKHEAD_TRY(wait_for(POLLIN, deadline));
  }
}

Result<> Channel::flush() {
  const std::span<const std::byte> header{outgoing_header_};
  const std::span<const std::byte> payload{outgoing_payload_};
  while (sending()) {
    const size_t of_header = std::min(sent_, header.size());
    const auto fds = sent_ == 0 ? std::span<const int>{outgoing_fds_} : std::span<const int>{};
    BULKHEAD_TRY_ASSIGN(const auto count, send_some(socket_.get(), header.subspan(of_header),
                                                    payload.subspan(sent_ - of_header), fds));
    if (!count) return {};
    sent_ += *count;
  }
  return {};
}

void Channel::close() {
  // Whoever else has a copy of the descriptor does not keep the connection open.
  if (socket_) ::shutdown(socket_.get(), SHUT_RDWR);
  socket_.reset();
}

static Result<> check_size(std::span<const std::byte> payload) {
  if (payload.size() <= max_message_size - sizeof(Header)) return {};
  return fail(ErrorCode::invalid_argument,
              fmt::format("a payload of {} bytes is too long for one message", payload.size()));
}

Result<> Channel::start_sending(Header header, std::vector<std::byte> payload,
                                std::vector<int> fds) {
  BULKHEAD_TRY(check_size(payload));
  if (sending()) return fail(ErrorCode::invalid_argument, "a message is still being sent");
  header.message_size = static_cast<uint32_t>(sizeof(Header) + payload.size());
  outgoing_header_ = to_bytes(header);
  outgoing_payload_ = std::move(payload);
  outgoing_fds_ = std::move(fds);
  outgoing_size_ = header.message_size;
  sent_ = 0;
  return flush();
}

Result<> Channel::flush_all(Deadline deadline) {
  BULKHEAD_TRY(flush());
  while (sending()) {
    BULKHEAD_TRY(wait_for(POLLOUT, deadline));
    BULKHEAD_TRY(flush());
  }
  return {};
}

Result<> Channel::send(Header header, std::span<const std::byte> payload, std::span<const int> fds,
                       Deadline deadline) {
  BULKHEAD_TRY(flush_all(deadline));
  BULKHEAD_TRY(start_sending(header, {payload.begin(), payload.end()}, {fds.begin(), fds.end()}));
  return flush_all(deadline);
}

}  // namespace bulkhead::vfio_user
