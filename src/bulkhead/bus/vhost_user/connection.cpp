#include "bulkhead/bus/vhost_user/connection.hpp"

#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <poll.h>

#include "bulkhead/bus/vfio_user/socket.hpp"
#include "bulkhead/bus/vfio_user/socket_io.hpp"
#include "bulkhead/bus/vhost_user/request_names.hpp"

namespace bulkhead::vhost_user {

Result<> Connection::tell(Request request, std::span<const std::byte> payload,
                          std::span<const int> fds) {
  std::array<std::byte, sizeof(uint64_t)> reply{};
  BULKHEAD_TRY(exchange({.request = request, .flags = version | flag_need_reply, .size = 0},
                        payload, fds, reply));
  // Zero is success; no other number has a meaning that all back ends share.
  if (from_bytes<uint64_t>(reply) == 0) return {};
  return fail(ErrorCode::unsupported,
              fmt::format("{}: {}: the back end refused", name_, request_name(request)),
              "its log may say why");
}

Result<> Connection::tell_blindly(Request request, std::span<const std::byte> payload) {
  return exchange({.request = request, .flags = version, .size = 0}, payload, {}, {});
}

Result<> Connection::exchange(Header header, std::span<const std::byte> payload,
                              std::span<const int> fds, std::span<std::byte> reply) {
  const auto context = fmt::format("{}: {}", name_, request_name(header.request));
  if (given_up_) return std::unexpected(Error{*given_up_}.within(context));
  header.size = static_cast<uint32_t>(payload.size());
  const auto deadline = Deadline::after(patience_);
  auto result = send(header, payload, fds, deadline);
  if (result && !reply.empty()) result = receive_reply(header.request, reply, deadline);
  if (!result) return give_up(std::move(result).error(), context);
  return {};
}

Result<> Connection::send(Header header, std::span<const std::byte> payload,
                          std::span<const int> fds, Deadline deadline) const {
  const auto head = to_bytes(header);
  size_t sent = 0;
  while (sent < head.size() + payload.size()) {
    const size_t of_head = std::min(sent, head.size());
    BULKHEAD_TRY_ASSIGN(const auto count,
                        vfio_user::send_some(socket_.get(), std::span{head}.subspan(of_head),
                                             payload.subspan(sent - of_head),
                                             sent == 0 ? fds : std::span<const int>{}));
    sent += count.value_or(0);
    if (!count) BULKHEAD_TRY(wait_for(POLLOUT, deadline));
  }
  return {};
}

Result<> Connection::receive_reply(Request request, std::span<std::byte> payload,
                                   Deadline deadline) const {
  std::array<std::byte, sizeof(Header)> head{};
  BULKHEAD_TRY(receive(head, deadline));
  const auto header = from_bytes<Header>(head);
  constexpr uint32_t version_mask = 3;
  if ((header.flags & (version_mask | flag_reply)) != (version | flag_reply))
    return fail(ErrorCode::protocol,
                fmt::format("flags {:#x} are no reply's of version 1", header.flags));
  if (header.request != request)
    return fail(ErrorCode::protocol,
                fmt::format("the reply is to {}", request_name(header.request)));
  if (header.size != payload.size())
    return fail(ErrorCode::protocol,
                fmt::format("the reply has {} bytes instead of {}", header.size, payload.size()));
  return receive(payload, deadline);
}

// Reads no more than this: the number of bytes is ours, and never one that came with them.
Result<> Connection::receive(std::span<std::byte> whole, Deadline deadline) const {
  while (!whole.empty()) {
    std::vector<OwnedFd> unwanted;
    BULKHEAD_TRY_ASSIGN(const auto count, vfio_user::receive_some(socket_.get(), whole, unwanted));
    if (!count) {
      BULKHEAD_TRY(wait_for(POLLIN, deadline));
      continue;
    }
    if (*count == 0) return fail(ErrorCode::device_gone, "the back end has gone");
    whole = whole.subspan(*count);
  }
  return {};
}

Result<> Connection::wait_for(short events, Deadline deadline) const {
  BULKHEAD_TRY_ASSIGN(const bool in_time, vfio_user::wait_for(socket_, events, deadline));
  if (in_time) return {};
  return fail(ErrorCode::timeout,
              fmt::format("{} within {} ms",
                          events == POLLOUT ? "the back end does not read it" : "no reply",
                          patience_.count()));
}

Result<> Connection::check_alive() {
  if (given_up_) return std::unexpected(Error{*given_up_}.within(name_));
  std::array<std::byte, 1> byte{};
  std::vector<OwnedFd> unwanted;
  auto count = vfio_user::receive_some(socket_.get(), byte, unwanted);
  if (!count) return give_up(std::move(count).error(), name_);
  if (!*count) return {};
  if (**count == 0) return give_up({ErrorCode::device_gone, "the back end has gone", {}}, name_);
  return give_up({ErrorCode::protocol, "the back end replies to what nobody asked", {}}, name_);
}

std::unexpected<Error> Connection::give_up(Error why, std::string_view context) {
  if (why.code == ErrorCode::device_gone) why.what = "the back end has gone";
  given_up_ = std::move(why);
  socket_.reset();
  return std::unexpected(Error{*given_up_}.within(context));
}

}  // namespace bulkhead::vhost_user
