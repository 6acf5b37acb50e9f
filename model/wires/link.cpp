#include "model/wires/link.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "model/wires/unix_address.hpp"

namespace bulkhead::model {
namespace {

constexpr int seqpacket = SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC;
constexpr size_t minimum_frame = 60;
constexpr std::array greeting{std::byte{1}};
/// Between being turned away and trying again.
constexpr std::chrono::seconds pause_before_next_attempt{1};

bool is_gone(int socket) {
  pollfd question{.fd = socket, .events = 0, .revents = 0};
  return ::poll(&question, 1, 0) > 0 && (question.revents & (POLLHUP | POLLERR)) != 0;
}

}  // namespace

Result<std::unique_ptr<Wire>> open_link_wire(const std::string& path) {
  if (path.size() >= max_unix_path)
    return fail(ErrorCode::invalid_argument,
                fmt::format("socket path of {} characters", path.size()),
                fmt::format("use one of less than {}", max_unix_path));
  auto link = std::make_unique<Link>(path);
  BULKHEAD_TRY(link->connect_or_listen());
  return link;
}

Link::~Link() {
  if (listener_) ::unlink(path_.c_str());
}

Result<bool> Link::try_connect() {
  OwnedFd socket{::socket(AF_UNIX, seqpacket, 0)};
  if (!socket) return fail_errno("socket");
  if (connect_unix(socket.get(), path_) == 0) {
    peer_ = std::move(socket);
    return true;
  }
  // EAGAIN: the listener has a peer already and its queue is full.
  if (errno == ENOENT || errno == ECONNREFUSED) return false;
  return fail_errno(fmt::format("connecting to {}", path_));
}

Result<> Link::listen() {
  OwnedFd socket{::socket(AF_UNIX, seqpacket, 0)};
  if (!socket) return fail_errno("socket");
  ::unlink(path_.c_str());  // a socket that nobody listens on: the connection was refused
  if (bind_unix(socket.get(), path_) != 0)
    return fail_errno(fmt::format("binding {}", path_), "is its folder there, and writable?");
  if (::listen(socket.get(), 1) != 0) return fail_errno(fmt::format("listening on {}", path_));
  listener_ = std::move(socket);
  return {};
}

Result<> Link::connect_or_listen() {
  BULKHEAD_TRY_ASSIGN(const bool connected, try_connect());
  return connected ? Result<>{} : listen();
}

void Link::accept() {
  OwnedFd socket{::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
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
  const OwnedFd third{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
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
  } else if (auto result = connect_or_listen(); !result) {
    return false;  // the folder is gone, or another has the listener's place: ask again later
  }
  return is_greeted();
}

int Link::wake_fd() const {
  return peer_ ? peer_.get() : listener_.get();
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
    size_ = static_cast<size_t>(got);
    if (size_ < minimum_frame) {
      std::ranges::fill(std::span{buffer_}.subspan(size_, minimum_frame - size_), std::byte{0});
      size_ = minimum_frame;
    }
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
