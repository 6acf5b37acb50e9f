// A client that sends what it likes, in the same thread as the server that it talks to.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "bulkhead/bus/vfio_user/channel.hpp"
#include "bulkhead/bus/vfio_user/version.hpp"

#include "model/vfio_user/server.hpp"

#include "tests/bus/vfio_user/wire.hpp"

namespace bulkhead::model {

class RawClient {
 public:
  /// Connects to `server`, which must have no client.
  explicit RawClient(Server& server) : server_(server) {
    auto [mine, theirs] = vfio_user::socket_pair();
    channel_.emplace(*vfio_user::Channel::adopt(std::move(mine)));
    accepted_ = server.adopt(std::move(theirs)).has_value();
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  /// Leaves, and lets the server notice.
  ~RawClient() {
    channel_.reset();
    while (server_.service()) continue;
  }

  [[nodiscard]] bool accepted() const { return accepted_; }
  [[nodiscard]] int fd() const { return channel_->fd(); }

  /// The reply to a request; none if the server closed the connection, or has nothing to say.
  std::optional<vfio_user::Message> ask(vfio_user::Header header, std::vector<std::byte> payload,
                                        std::vector<int> fds = {}) {
    if (!channel_->start_sending(header, std::move(payload), std::move(fds))) return std::nullopt;
    bool busy = true;
    while (busy || channel_->sending()) {
      busy = server_.service();
      auto reply = channel_->try_receive();
      if (!reply) return std::nullopt;
      if (*reply) return std::move(*reply);
      if (!channel_->flush()) return std::nullopt;
    }
    return std::nullopt;
  }
  std::optional<vfio_user::Message> ask(vfio_user::Command command, std::vector<std::byte> payload,
                                        std::vector<int> fds = {}) {
    return ask(vfio_user::header_of(command), std::move(payload), std::move(fds));
  }

  bool introduce() {
    const auto reply = ask(vfio_user::Command::version,
                           vfio_user::encode_version({.version = {.major = 0, .minor = 1},
                                                      .capabilities = {.max_msg_fds = 16,
                                                                       .max_data_xfer_size = {},
                                                                       .max_dma_maps = {},
                                                                       .pgsizes = 4096,
                                                                       .write_multiple = true}}));
    return reply && (reply->header.flags & vfio_user::flag_error) == 0;
  }

  /// The errno of the reply: 0 for success, -1 if there is no reply.
  int error_of(vfio_user::Command command, std::vector<std::byte> payload,
               std::vector<int> fds = {}) {
    const auto reply = ask(command, std::move(payload), std::move(fds));
    if (!reply) return -1;
    const bool failed = (reply->header.flags & vfio_user::flag_error) != 0;
    return failed ? static_cast<int>(reply->header.error) : 0;
  }

 private:
  Server& server_;
  std::optional<vfio_user::Channel> channel_;
  bool accepted_ = false;
};

}  // namespace bulkhead::model
