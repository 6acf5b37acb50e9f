#include "model/wires/link.hpp"

#include <bit>
#include <cerrno>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include "bulkhead/bus/vfio_user/socket.hpp"
#include "bulkhead/bus/vfio_user/socket_io.hpp"

#include "model/wires/padding.hpp"

namespace bulkhead::model {
namespace {

using vfio_user::SocketKind;

constexpr std::array greeting{std::byte{1}};
/// How long an opened link may wait for the folder; a running one shares its thread with others.
constexpr std::chrono::seconds patience_at_start{5};
constexpr std::chrono::seconds no_patience{0};
/// Between a failure, or being turned away, and trying again.
constexpr std::chrono::seconds pause_before_next_attempt{1};

bool is_gone(int socket) {
  pollfd question{.fd = socket, .events = 0, .revents = 0};
  return ::poll(&question, 1, 0) > 0 && (question.revents & (POLLHUP | POLLERR)) != 0;
}

}  // namespace

Result<std::unique_ptr<Wire>> open_link_wire(const std::string& path) {
  auto link = std::make_unique<Link>(path);
  BULKHEAD_TRY(link->connect_or_listen(patience_at_start));
  return link;
}

Result<bool> Link::try_connect() {
  BULKHEAD_TRY_ASSIGN(auto socket, vfio_user::new_socket(SocketKind::packets));
  const int error = vfio_user::connect_to(socket.get(), path_);
  if (error == 0) {
    peer_ = std::move(socket);
    return true;
  }
  // A plain file refuses connections, too: the listener looks at what is there.
  if (error == ENOENT || error == ECONNREFUSED) return false;
  if (error == ENAMETOOLONG) return vfio_user::path_too_long(path_);
  // EAGAIN: the listener has a peer already and its queue is full.
  return fail_errno(error, fmt::format("connecting to {}", path_));
}

Result<> Link::listen(std::chrono::nanoseconds patience) {
  BULKHEAD_TRY_ASSIGN(listener_, Listener::listen(path_, {.kind = SocketKind::packets,
                                                          .waiting_clients = 1,
                                                          .patience = patience}));
  return {};
}

Result<> Link::connect_or_listen(std::chrono::nanoseconds patience) {
  BULKHEAD_TRY_ASSIGN(const bool connected, try_connect());
  if (connected) return {};
  auto listening = listen(patience);
  if (listening || listening.error().code != ErrorCode::permission) return listening;
  // Another may have begun to listen since the connection was refused.
  const auto late = try_connect();
  return late && *late ? Result<>{} : std::move(listening);
}

OwnedFd Link::next_in_line() {
  if (std::chrono::steady_clock::now() < next_attempt_) return {};
  if (auto socket = listener_.accept()) return *std::move(socket);
  next_attempt_ = std::chrono::steady_clock::now() + pause_before_next_attempt;
  return {};
}

void Link::accept() {
  auto socket = next_in_line();
  if (!socket) return;
  if (::send(socket.get(), greeting.data(), greeting.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    return;  // it has left already
  peer_ = std::move(socket);
  greeted_ = true;
  ++connections_;
}

void Link::turn_away_a_third() {
  // If the peer is dead, the one who waits may be its successor.
  if (is_gone(peer_.get())) return;
  const auto third = next_in_line();
  if (third) ++turned_away_;
}

void Link::receive_greeting() {
  std::array<std::byte, greeting.size()> message{};
  const auto got = ::recv(peer_.get(), message.data(), message.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got > 0 && message == greeting) {
    greeted_ = true;
    ++connections_;
    return;
  }
  lost();
  ++turned_away_;
  next_attempt_ = std::chrono::steady_clock::now() + pause_before_next_attempt;
}

bool Link::is_greeted() {
  if (peer_ && !greeted_) receive_greeting();
  return peer_ && greeted_;
}

void Link::lost() {
  peer_.reset();
  greeted_ = false;
  size_ = 0;
}

bool Link::link_up() {
  if (listener_) {
    if (peer_) {
      turn_away_a_third();
    } else {
      accept();
    }
  } else if (peer_) {
    return is_greeted();
  } else if (std::chrono::steady_clock::now() < next_attempt_) {
    return false;
  } else if (!connect_or_listen(no_patience)) {
    // The folder is gone or in use, or another has the listener's place.
    next_attempt_ = std::chrono::steady_clock::now() + pause_before_next_attempt;
    return false;
  }
  return is_greeted();
}

int Link::wake_fd() const {
  if (peer_) return peer_.get();
  // A client that could not be taken would end every sleep.
  return std::chrono::steady_clock::now() < next_attempt_ ? -1 : listener_.fd();
}

std::span<const std::byte> Link::peek() {
  if (size_ == 0 && is_greeted()) {
    const auto got = ::recv(peer_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) lost();
    if (got <= 0) return {};
    if (static_cast<size_t>(got) > buffer_.size()) {
      ++dropped_;
      return {};
    }
    ++in_;
    size_ = pad(buffer_, static_cast<size_t>(got));
  }
  return std::span{buffer_}.first(size_);
}

bool Link::transmit(std::span<const std::byte> frame) {
  if (!is_greeted()) return false;
  if (::send(peer_.get(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
    ++out_;
    return true;
  }
  if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS) return false;
  if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN) {
    lost();
    return false;
  }
  ++dropped_;
  return true;
}

std::string Link::report() const {
  return fmt::format(
      R"({{"kind":"link","in":{},"out":{},"dropped":{},"connections":{},"turned_away":{}}})", in_,
      out_, dropped_, connections_, turned_away_);
}

}  // namespace bulkhead::model
