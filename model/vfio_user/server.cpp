#include "model/vfio_user/server.hpp"

#include <utility>

#include <fmt/format.h>

namespace bulkhead::model {

Server::Server(Device& device, Log log, const Patience& patience)
    : device_(device), log_(std::move(log)), patience_(patience) {}

Result<> Server::listen(const std::string& path) {
  BULKHEAD_TRY_ASSIGN(listener_, Listener::listen(path));
  return {};
}

Result<> Server::adopt(OwnedFd connected) {
  if (session_) return fail(ErrorCode::permission, "the device has a client already");
  BULKHEAD_TRY_ASSIGN(auto channel, vfio_user::Channel::adopt(std::move(connected)));
  session_ = std::make_unique<Session>(std::move(channel), device_, patience_);
  return {};
}

bool Server::service() {
  // The client first: one that has left makes room for the next.
  const bool served = serve_client();
  const bool accepted = accept_clients();
  return served || accepted;
}

bool Server::serve_client() {
  if (!session_) return false;
  const auto handled = session_->service();
  if (handled) return *handled > 0;
  session_.reset();
  if (handled.error().code != ErrorCode::device_gone) report(handled.error().message());
  return true;
}

bool Server::accepting() const {
  return listener_ && !(accept_again_ && !accept_again_->reached());
}

// One line for each time that descriptors run out, however long it lasts.
void Server::cannot_accept(const Error& error) {
  if (!accept_again_) report(error.message());
  accept_again_ = Deadline::after(patience_.accept);
}

bool Server::accept_clients() {
  if (!accepting()) return false;
  constexpr int at_once = 8;
  bool any = false;
  for (int i = 0; i < at_once; ++i) {
    auto client = listener_.accept();
    if (!client) {
      cannot_accept(client.error());
      break;
    }
    accept_again_.reset();
    if (!*client) break;
    any = true;
    // The one before may have left only now. A real second client finds its connection closed.
    serve_client();
    if (auto adopted = adopt(*std::move(client)); !adopted)
      report(fmt::format("a second client was turned away: {}", adopted.error().message()));
  }
  return any;
}

std::vector<pollfd> Server::fds() const {
  std::vector<pollfd> result;
  if (accepting()) result.push_back(pollfd{.fd = listener_.fd(), .events = POLLIN, .revents = 0});
  if (session_) {
    const short events = session_->sending() ? POLLOUT : POLLIN;
    result.push_back(pollfd{.fd = session_->fd(), .events = events, .revents = 0});
  }
  return result;
}

void Server::report(std::string line) {
  last_error_ = std::move(line);
  if (log_) log_(last_error_);
}

}  // namespace bulkhead::model
